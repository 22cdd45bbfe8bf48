"""Functions compiled to machine code: loops that NumPy can only express with large temporaries."""

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(signature: str) -> Callable[[_Function], _Function]:
    """Return a decorator that compiles a function for one signature, when it is defined.

    The machine code is kept where Python keeps its own, beside the module; where that may not be
    written, in the folder that NUMBA_CACHE_DIR names. Otherwise it is compiled at each start,
    which takes seconds.

    Args:
        signature: Types of result and arguments as numba writes them. A call with others fails
            instead of compiling again.
    """

    def decorate(function: _Function) -> _Function:
        may_keep = not sys.dont_write_bytecode or "NUMBA_CACHE_DIR" in os.environ
        try:
            made = numba.njit(signature, nogil=True, cache=may_keep)(function)
        except RuntimeError:  # no folder that can be written
            made = numba.njit(signature, nogil=True)(function)
        return cast("_Function", made)

    return decorate
