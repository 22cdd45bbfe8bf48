"""``python -m models.jit``: compile all loops, when the environment or the image is built."""

import logging
import os
import pkgutil
from importlib import import_module

import models
from models.jit.loops import LOOPS, prepare_loops


def main() -> None:
    """Fill the folder beside the code."""
    os.environ.pop("NUMBA_CACHE_DIR", None)  # a service's own, perhaps; read by the next import
    from models.jit.cache import remove_others

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for module in pkgutil.walk_packages(models.__path__, "models."):
        import_module(module.name)
    prepare_loops()
    remove_others(loop.digest for loop in LOOPS)


if __name__ == "__main__":
    main()
