"""Writes the contract: ``python -m service.openapi [--check] [file]``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from service.api.application import Api


def document() -> dict[str, Any]:
    """Return the OpenAPI description of the whole service."""
    return Api().openapi()


def text() -> str:
    """Return the description as it is written to a file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the description, or compare it with the file; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m service.openapi", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="instead of standard output")
    parser.add_argument("--check", action="store_true", help="fail if the file says otherwise")
    told = parser.parse_args(arguments)
    if told.check and told.file is None:
        parser.error("--check needs a file to compare with")
    if told.file is None:
        sys.stdout.write(text())
    elif not told.check:
        told.file.write_text(text(), encoding="utf-8")
    elif not told.file.exists() or told.file.read_text(encoding="utf-8") != text():
        sys.stderr.write(f"{told.file} is not what the service offers: run `make openapi`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
