"""``python -m models.compile``: compile all loops, when the environment or the image is built."""

import logging
import os
import pkgutil
from importlib import import_module

import models
from models.compiled import prepare_loops


def main() -> None:
    """Fill the folder beside the code."""
    os.environ.pop("NUMBA_CACHE_DIR", None)  # a service's own, perhaps
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for module in pkgutil.walk_packages(models.__path__, "models."):
        import_module(module.name)
    prepare_loops()


if __name__ == "__main__":
    main()
