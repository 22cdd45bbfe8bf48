"""A build backend (PEP 517) that builds nothing and says how Attune is installed."""

from typing import NoReturn

SENTENCE = (
    "Attune is not installed with pip: run `make serve`; the Python client is in clients/python."
)


def build_wheel(*_: object, **__: object) -> NoReturn:
    """Refuse.

    Raises:
        SystemExit: Always.
    """
    raise SystemExit(SENTENCE)


build_sdist = build_editable = build_wheel
get_requires_for_build_wheel = get_requires_for_build_editable = build_wheel
