"""The cache of the loops' machine code.

File names depend on everything that decides the content, so files built with the environment or
the image stay valid wherever the code is copied, such as into a Bento. Importing this module
imports numba.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import numba
from numba.core.registry import cpu_target

BUILT = Path(__file__).parents[1] / "loops"
"""The folder that ``python -m models.jit`` fills; part of a Bento and of the image."""
_CONFIG: Any = numba.config  # its attributes are set dynamically
_N_DIGITS = 16
_DIGEST = "loop_digest"
_OWN_LOCATOR = "models.jit.cache.LoopLocator"
_OTHER_LOCATORS = ("UserProvidedCacheLocator", "InTreeCacheLocator", "UserWideCacheLocator")


class LoopLocator:
    """Gives numba the cache location of loops."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Self | None:
        """Return a locator for a loop; None for other functions."""
        del py_file
        digest = getattr(py_func, _DIGEST, None)
        return None if digest is None else cls(digest)

    def get_cache_path(self) -> str:
        """Return the cache folder."""
        return str(folder())

    def ensure_cache_path(self) -> None:
        """Create the folder if it is missing."""
        folder().mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return the stamp that a valid cache file carries."""
        return self._digest

    def get_disambiguator(self) -> str:
        """Return a part of the cache file's name."""
        return self._digest[:_N_DIGITS]


def compile_function(
    function: Callable[..., Any], signature: str, digest: str
) -> Callable[..., Any]:
    """Compile a function whose globals are machine code already, or load it from the cache."""
    # numba reads this when a function is decorated; its own locators serve other functions.
    if not _CONFIG.CACHE_LOCATOR_CLASSES:
        _CONFIG.CACHE_LOCATOR_CLASSES = ",".join([_OWN_LOCATOR, *_OTHER_LOCATORS])
    setattr(function, _DIGEST, digest)
    return cast("Callable[..., Any]", numba.njit(signature, nogil=True, cache=True)(function))


def is_cached(digest: str) -> bool:
    """Return whether the cache holds the loop."""
    return any(folder().glob(f"*-{digest[:_N_DIGITS]}.*.nbi"))


def remove_outdated(digests: Iterable[str]) -> None:
    """Remove the cached files of loops that no longer exist."""
    known = {digest[:_N_DIGITS] for digest in digests}
    for path in BUILT.glob("*/*.nb[ci]"):
        if path.name.partition("-")[2][:_N_DIGITS] not in known:
            path.unlink(missing_ok=True)


@cache
def folder() -> Path:
    """Return the writable cache folder of this process.

    It is ``NUMBA_CACHE_DIR``, else the folder beside this module. If that is not writable, it is a
    temporary folder that is deleted with the process.
    """
    named = _CONFIG.CACHE_DIR
    return folder_for(_processor_id(), Path(named) if named else BUILT, BUILT)


def folder_for(kind: str, wanted: Path, built: Path) -> Path:
    """Return a writable folder, in ``wanted`` if possible, with a processor's built files."""
    chosen = wanted / kind
    if not _is_writable(chosen):
        chosen = Path(_temporary().name) / kind
        chosen.mkdir(exist_ok=True)
    if wanted != built or chosen.parent != wanted:
        _copy_missing(built / kind, chosen)
    return chosen


def _copy_missing(source: Path, target: Path) -> None:
    """Copy machine code before the indices that refer to it; safe with concurrent processes."""
    for path in sorted(source.glob("*.nb[ci]")):
        if not (target / path.name).exists():
            with tempfile.TemporaryDirectory(dir=target) as passing:
                shutil.copyfile(path, Path(passing) / path.name).replace(target / path.name)


def _is_writable(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path).close()
    except OSError:
        return False
    return True


@cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="attune-loops-")


@cache
def _processor_id() -> str:
    """Return an id of the processor, as numba distinguishes it, and of numba's version."""
    triple, processor, features = cpu_target.target_context.codegen().magic_tuple()
    facts = f"{numba.__version__} {triple} {processor} {features}"
    return f"{processor}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"
