"""Functions compiled to machine code: loops that NumPy can only express with large temporaries."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(signature: str) -> Callable[[_Function], _Function]:
    """Return a decorator that compiles a function for one signature, when it is defined.

    The machine code is kept beside the module or in the user's cache; where neither can be
    written, it is compiled at each start, which takes seconds.

    Args:
        signature: Types of result and arguments as numba writes them. A call with others fails
            instead of compiling again.
    """

    def decorate(function: _Function) -> _Function:
        try:
            made = numba.njit(signature, nogil=True, cache=True)(function)
        except RuntimeError:  # no folder that can be written
            made = numba.njit(signature, nogil=True)(function)
        return cast("_Function", made)

    return decorate
