"""``python -m models.jit``: compile all loops when the environment or image is built."""

import logging
import os
import pkgutil
from importlib import import_module

import models
from models.jit.loops import LOOPS, prepare_loops


def main() -> None:
    """Compile all loops into the folder beside the code."""
    os.environ.pop("NUMBA_CACHE_DIR", None)  # the next import reads it; it may be a service's
    from models.jit.cache import remove_outdated

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for module in pkgutil.walk_packages(models.__path__, "models."):
        import_module(module.name)
    prepare_loops()
    remove_outdated(loop.digest for loop in LOOPS)


if __name__ == "__main__":
    main()
