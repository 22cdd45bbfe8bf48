"""Where the machine code of loops is kept between processes.

Files are named by what decides their content, so those that were made with the environment or the
image are right wherever the code is copied to, such as into a Bento. Importing this imports numba.
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
"""What ``python -m models.jit`` fills. It is a part of a Bento and of the image."""
_CONFIG: Any = numba.config  # its attributes are made when it is imported
_N_DIGITS = 16
_DIGEST = "loop_digest"
_OWN_LOCATOR = "models.jit.cache.LoopLocator"
_OTHER_LOCATORS = ("UserProvidedCacheLocator", "InTreeCacheLocator", "UserWideCacheLocator")


class LoopLocator:
    """Tells numba where a loop is kept; of other functions it knows nothing."""

    def __init__(self, digest: str) -> None:
        self._digest = digest

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Self | None:
        """Return a locator for a loop, None for another function."""
        del py_file
        digest = getattr(py_func, _DIGEST, None)
        return None if digest is None else cls(digest)

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(folder())

    def ensure_cache_path(self) -> None:
        """Make the folder if it was removed."""
        folder().mkdir(parents=True, exist_ok=True)

    def get_source_stamp(self) -> str:
        """Return what a kept file must have been made from."""
        return self._digest

    def get_disambiguator(self) -> str:
        """Return a part of the file's name."""
        return self._digest[:_N_DIGITS]


def compile_function(
    function: Callable[..., Any], signature: str, digest: str
) -> Callable[..., Any]:
    """Return a function's machine code, from the folder if it is kept there.

    Args:
        function: Globals that are loops must be machine code already.
        signature: Types of result and arguments.
        digest: Of all that decides the machine code.
    """
    # Read when a function is decorated. Named last are numba's own, for others' functions.
    if not _CONFIG.CACHE_LOCATOR_CLASSES:
        _CONFIG.CACHE_LOCATOR_CLASSES = ",".join([_OWN_LOCATOR, *_OTHER_LOCATORS])
    setattr(function, _DIGEST, digest)
    return cast("Callable[..., Any]", numba.njit(signature, nogil=True, cache=True)(function))


def is_kept(digest: str) -> bool:
    """Return whether the machine code of a loop is in the folder."""
    return any(folder().glob(f"*-{digest[:_N_DIGITS]}.*.nbi"))


def remove_others(digests: Iterable[str]) -> None:
    """Remove what was built of loops that there are no more."""
    known = {digest[:_N_DIGITS] for digest in digests}
    for path in BUILT.glob("*/*.nb[ci]"):
        if path.name.partition("-")[2][:_N_DIGITS] not in known:
            path.unlink(missing_ok=True)


@cache
def folder() -> Path:
    """Return the folder of this process; it may be written to.

    It is the one that ``NUMBA_CACHE_DIR`` names, or else the one beside this module. Where that
    cannot be written to, it is a temporary one that ends with the process.
    """
    named = _CONFIG.CACHE_DIR
    return folder_for(_kind(), Path(named) if named else BUILT, BUILT)


def folder_for(kind: str, wanted: Path, built: Path) -> Path:
    """Return a folder that may be written to and has what was built for a kind of processor.

    Args:
        kind: Of processor, and the version of numba.
        wanted: Parent of the folder, if it can be written to.
        built: Parent of what was built.
    """
    chosen = wanted / kind
    if not _is_writable(chosen):
        chosen = Path(_temporary().name) / kind
        chosen.mkdir(exist_ok=True)
    if wanted != built or chosen.parent != wanted:
        _copy_missing(built / kind, chosen)
    return chosen


def _copy_missing(source: Path, target: Path) -> None:
    """Copy machine code before the indices that name it; several processes may do so at once."""
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
def _kind() -> str:
    """Return a name for what numba tells machine code apart by, and for its version."""
    triple, processor, features = cpu_target.target_context.codegen().magic_tuple()
    facts = f"{numba.__version__} {triple} {processor} {features}"
    return f"{processor}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"
