"""Pages from templates: prose lives in ``templates``, Python computes figures and tables."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.reporting import number_format
from training.reporting.bootstrap import LEAST_LISTENERS, N_SAMPLES
from training.reporting.scores import PARTS

MOST_LISTED = 60
"""Listeners; of more, none is named."""
_BLANK = re.compile(r"\n\s*\n")
_AS_IT_IS = ("|", "#", "```")  # blocks whose lines mean something


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under a head, written as Markdown."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """Return the table as Markdown."""
        return "\n".join([_line(self.head), "|" + "---|" * len(self.head), *map(_line, self.rows)])


def versions_of(*libraries: str) -> str:
    """Return the versions of Python and of some libraries."""
    version_text = ", ".join(
        f"{name} {number}" for name, number in version_numbers(*libraries).items()
    )
    return version_text.replace("python", "Python", 1)


def version_numbers(*libraries: str) -> dict[str, str]:
    """Return the versions of Python and of some libraries by name, for a manifest."""
    return {"python": platform.python_version(), **{name: version(name) for name in libraries}}


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the page of an experiment says of its origin.

    Attributes:
        command: Makes the page again.
        about: What the data are, in a sentence or two.
        versions: Of Python and the libraries that the figures depend on.
    """

    command: str
    about: str
    versions: str = field(
        default_factory=lambda: versions_of("numpy", "scipy", "scikit-learn", "xgboost-cpu")
    )


def render(template: str, **values: object) -> str:
    """Return a page as Markdown, its blocks parted by one blank line each.

    Args:
        template: Its name without the ending ``.md.j2``.
        values: What the template names.

    Raises:
        UndefinedError: The template names something that is not given.
    """
    page = environment().get_template(f"{template}.md.j2").render(values)
    return _BLANK.sub("\n\n", page).strip() + "\n"


def unwrap(text: str) -> str:
    r"""Return Markdown with each paragraph and each point on a line of its own.

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
    """Return what reads templates."""
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
