"""Writes the contract, or compares it: ``python -m service.openapi [--check] [file]``."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from service.app import Attune
from service.contract import describe
from service.resources import resources
from service.transport.bento import apis_of


def document() -> dict[str, Any]:
    """Return the OpenAPI description of the whole service."""
    return describe(resources, apis_of(Attune))


def main() -> int:
    """Write the description to a file or to standard output, or check that a file holds it."""
    parser = argparse.ArgumentParser(prog="python -m service.openapi", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="(default: standard output)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it differs")
    told = parser.parse_args()
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if told.file is None:
        sys.stdout.write(text)
    elif told.check:
        return _compare(told.file, text)
    else:
        told.file.write_text(text, encoding="utf-8")
    return 0


def _compare(file: Path, text: str) -> int:
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{file} is not what the service does; `make openapi` writes it anew.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
