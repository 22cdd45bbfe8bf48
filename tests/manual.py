"""The manual's blocks: what stands in its pages, and what runs each kind of them.

A fence is a language, and words that say how a block is run where that is not plain. Whatever a
page shows is in this table, so that no block goes unrun without saying why.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
START, OPERATING = "docs/index.md", "docs/OPERATING.md"
OWN_ENCODER = "docs/embeddings.md"

RUN = {
    "sh": "run, in order, page by page, in a folder that was prepared",
    "sh serve": "run and left running; what comes after it waits until the service is ready",
    "sh slow": "run by `make thorough`",
    "sh data": "run by `make thorough` where the datasets are, with options that make it short",
    "python": "run, each by itself",
    "js": "run by Node, each by itself",
    "postgresql": "run where there is a PostgreSQL",
}
CHECKED = {
    "docker": "wants a container engine: the shell reads it, tests check the files it names",
    "kubernetes": "wants a cluster: likewise",
}
NOT_RUN = {
    "sh install": "downloads or installs something outside of the project",
    "sh long": "takes hours; its parts are tested on small data",
    "sh asks": "asks a person; tests/journey/test_attune_command.py answers",
    "js browser": "wants a page with a form; the service's own pages, tested in one, do the same",
    "text": "what is printed, or a form",
    "json": "what is answered, or a form",
    "csv": "a form",
}
KINDS = RUN | CHECKED | NOT_RUN
"""What a fence may say, and what becomes of its block."""

_FENCE = re.compile(r"^```([^\n`]+)\n(.*?)^```[ ]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page.

    Attributes:
        page: The page's place in the project.
        line: Where it begins.
        kind: What its fence says.
    """

    page: str
    line: int
    kind: str
    text: str


def pages() -> list[str]:
    """Return the pages of people's manual: those in ``docs`` and the clients' own."""
    found = [*(ROOT / "docs").glob("*.md"), *(ROOT / "clients").glob("*/README.md")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def blocks(page: str, *kinds: str) -> list[Block]:
    """Return a page's blocks in their order, those of some kinds only if any are named."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = [
        Block(page, text.count("\n", 0, fence.start()) + 1, fence[1].strip(), fence[2])
        for fence in _FENCE.finditer(text)
    ]
    return [block for block in found if not kinds or block.kind in kinds]


def script(of: Iterable[Block]) -> str:
    """Return blocks as one script."""
    return "".join(block.text for block in of)
