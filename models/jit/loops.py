"""Loops compiled to machine code: what NumPy can only express with large temporaries.

Importing a module compiles nothing and does not import numba. A loop is compiled when it is first
called, or earlier by :func:`prepare_loops`, and its machine code is kept in a folder, see
:mod:`models.jit.cache`. ``python -m models.jit`` does so for all loops when the environment
or the image is built. Machine code is for one kind of processor: on another one each loop is
compiled again when it is first needed, and the log says so.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, update_wrapper
from threading import RLock
from types import CodeType, FunctionType
from typing import Any, TypeVar, cast

import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., Any])
LOG = logging.getLogger(__name__)
_LOCK = RLock()
_CONSTANTS = (bool, int, float, str, np.generic)


class Loop:
    """A function that is compiled for one signature when it is first called.

    Several threads may call it; the first one compiles, the others wait for it.

    Args:
        function: What numba compiles. It may call other loops by their global names.
        signature: Types of result and arguments as numba writes them. A call with others fails
            instead of compiling again.
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        update_wrapper(self, function)
        self.function = cast("FunctionType", function)
        self.signature = signature
        self._machine_code: Callable[..., Any] | None = None

    def __call__(self, *arguments: object) -> Any:
        """Call the loop; the first call compiles it, or loads what was compiled before."""
        if self._machine_code is None:
            prepare_loops([self])
        return cast("Callable[..., Any]", self._machine_code)(*arguments)

    @cached_property
    def uses(self) -> Mapping[str, "Loop"]:
        """The loops that it calls, by their names in its module."""
        named = self._globals.items()
        return {name: value for name, value in named if isinstance(value, Loop)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides the machine code, in hexadecimal.

        Numba looks at the function's own file alone; the loops that are compiled into this one and
        the constants of other modules count as well. So does the module's name, because
        the kept code imports its module.
        """
        constants = [
            (name, repr(value))
            for name, value in self._globals.items()
            if isinstance(value, _CONSTANTS)
        ]
        used = [(name, loop.digest) for name, loop in self.uses.items()]
        module = self.function.__module__
        facts = (module, self.signature, _text_of(self.function.__code__), constants, used)
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def prepare(self) -> Callable[..., Any]:
        """Return the machine code, from the folder if it is kept there."""
        if self._machine_code is None:
            from models.jit.cache import compile_function  # imports numba

            called = {name: loop.prepare() for name, loop in self.uses.items()}
            function = FunctionType(
                self.function.__code__, self.function.__globals__ | called, self.function.__name__
            )
            function.__qualname__ = self.function.__qualname__
            self._machine_code = compile_function(function, self.signature, self.digest)
        return self._machine_code

    @property
    def _globals(self) -> Mapping[str, object]:
        """The globals that the function's code names."""
        given = self.function.__globals__
        return {name: given[name] for name in self.function.__code__.co_names if name in given}


LOOPS: list[Loop] = []
"""All loops of the modules that are imported."""


def compiled(signature: str) -> Callable[[_Function], _Function]:
    """Return a decorator that makes a function a :class:`Loop`.

    Args:
        signature: Types of result and arguments as numba writes them.
    """

    def decorate(function: _Function) -> _Function:
        loop = Loop(function, signature)
        LOOPS.append(loop)
        return cast("_Function", loop)

    return decorate


def prepare_loops(loops: Iterable[Loop] = LOOPS) -> None:
    """Compile loops, or load them from the folder; one log line says if any must be compiled.

    Args:
        loops: Which ones; all that are imported, if they are not given.
    """
    from models.jit.cache import folder, is_kept  # imports numba

    with _LOCK:
        loops = list(loops)
        if missing := [loop for loop in _with_used(loops) if not is_kept(loop.digest)]:
            # A warning: it delays whoever waits, and is shown where nobody has set up logging.
            LOG.warning(
                "Compiling %d loops of %s for this kind of processor, a second or two each; they"
                " are kept in %s",
                len(missing),
                ", ".join(sorted({loop.function.__module__ for loop in missing})),
                folder(),
            )
        for loop in loops:
            loop.prepare()


def _text_of(code: CodeType) -> str:
    """Return what a function does; where it stands in its file is left out."""
    constants = [_text_of(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return repr((code.co_code, code.co_names, constants))


def _with_used(loops: Iterable[Loop]) -> list[Loop]:
    """Return loops and all that they call, each once."""
    found: dict[str, Loop] = {}
    for loop in loops:
        found |= {each.digest: each for each in [*_with_used(loop.uses.values()), loop]}
    return list(found.values())
