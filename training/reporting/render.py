"""Render pages from templates: ``templates`` holds the prose, Python the figures and tables."""

import platform
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.reporting import number_format
from training.reporting.bootstrap import LEAST_LISTENERS, N_SAMPLES
from training.reporting.scores import PARTS

MOST_LISTED = 60
"""Most listeners that a page lists by name."""
_BLANK = re.compile(r"\n\s*\n")
_AS_IT_IS = ("|", "#", "```")  # blocks in which line breaks have a meaning


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a head, written as Markdown."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """Return the table as Markdown."""
        return "\n".join([_line(self.head), "|" + "---|" * len(self.head), *map(_line, self.rows)])


def command_line(verb: str, options: Mapping[str, object]) -> str:
    """Return the shell command of a verb with options.

    >>> command_line("fuse", {"out": "my reports", "seed": 0, "export": None, "as-notebook": True})
    "python -m training fuse --out 'my reports' --seed 0 --as-notebook"

    Args:
        verb: Name of the command.
        options: Values by name; True is a flag; None, False and "" are left out.
    """
    words = ["python", "-m", "training", verb]
    for name, value in options.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not None and value is not False and value != "":
            words += [f"--{name}", str(value)]
    return shlex.join(words)


def versions_of(*libraries: str) -> str:
    """Return the versions of Python and of some libraries as text."""
    version_text = ", ".join(
        f"{name} {number}" for name, number in version_numbers(*libraries).items()
    )
    return version_text.replace("python", "Python", 1)


def version_numbers(*libraries: str) -> dict[str, str]:
    """Return the versions of Python and of some libraries by name."""
    return {"python": platform.python_version(), **{name: version(name) for name in libraries}}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of a page.

    Attributes:
        command: Command that makes the page.
        about: Description of the data, in a sentence or two.
        versions: Versions of Python and of the libraries that the figures depend on.
    """

    command: str
    about: str
    versions: str = field(
        default_factory=lambda: versions_of("numpy", "scipy", "scikit-learn", "xgboost-cpu")
    )


def render(template: str, **values: object) -> str:
    """Return a page as Markdown, with one blank line between blocks.

    Args:
        template: Name of the template without ``.md.j2``.
        values: Variables of the template.

    Raises:
        UndefinedError: A variable of the template is missing.
    """
    page = environment().get_template(f"{template}.md.j2").render(values)
    return _BLANK.sub("\n\n", page).strip() + "\n"


def unwrap(text: str) -> str:
    r"""Return Markdown with one line for each paragraph and list item.

    >>> unwrap("One\nparagraph.\n\n- A\n  point.\n- Another.")
    'One paragraph.\n\n- A point.\n- Another.'
    """
    blocks = (block.strip() for block in _BLANK.split(text))
    return "\n\n".join(
        block if block.startswith(_AS_IT_IS) else re.sub(r"\n(?!- )\s*", " ", block)
        for block in blocks
    )


@cache
def environment() -> Environment:
    """Return the Jinja environment of the templates."""
    made = Environment(  # noqa: S701  # Markdown; what becomes HTML is escaped there
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        number_format.plain,
        number_format.signed,
        number_format.p_value,
        number_format.number,
        number_format.code,
        number_format.fixed,
        number_format.percent,
        unwrap,
    )
    made.globals |= {
        "LEAST_LISTENERS": LEAST_LISTENERS,
        "MOST_LISTED": MOST_LISTED,
        "N_SAMPLES": N_SAMPLES,
        "PARTS": PARTS,
    }
    made.filters |= {each.__name__: each for each in filters}
    return made


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"
