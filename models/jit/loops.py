"""Loops compiled to machine code, where NumPy would need large temporaries.

Importing a module compiles nothing and does not import numba. A loop is compiled at its first call
or by :func:`prepare_loops`, and cached on disk (:mod:`models.jit.cache`). ``python -m models.jit``
compiles all loops when the environment or the image is built. Machine code fits one kind of
processor: on another one, loops are compiled again at first use, with a log line.
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
    """A function that is compiled for one signature at its first call; thread-safe.

    Args:
        function: The function to compile. It may call other loops by their global names.
        signature: Numba types of result and arguments; a call with other types fails.
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        update_wrapper(self, function)
        self.function = cast("FunctionType", function)
        self.signature = signature
        self._machine_code: Callable[..., Any] | None = None

    def __call__(self, *arguments: object) -> Any:
        """Call the loop; the first call compiles it or loads it from the cache."""
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
        """SHA-256 of everything that decides the machine code, in hexadecimal.

        Numba's own cache key covers only the function's file. This one adds inlined loops,
        constants of other modules, and the module's name, which cached code imports.
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
        """Return the machine code, compiled or from the cache."""
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
    """Return a decorator that compiles a function as a :class:`Loop` for a numba signature."""

    def decorate(function: _Function) -> _Function:
        loop = Loop(function, signature)
        LOOPS.append(loop)
        return cast("_Function", loop)

    return decorate


def prepare_loops(loops: Iterable[Loop] = LOOPS) -> None:
    """Compile loops or load them from the cache; log one line if any must be compiled."""
    from models.jit.cache import folder, is_cached  # imports numba

    with _LOCK:
        loops = list(loops)
        if missing := [loop for loop in _with_used(loops) if not is_cached(loop.digest)]:
            # A warning, because callers wait and because it is shown without logging set-up.
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
    """Return a function's code without its position in the file."""
    constants = [_text_of(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return repr((code.co_code, code.co_names, constants))


def _with_used(loops: Iterable[Loop]) -> list[Loop]:
    """Return loops and all loops that they call, without duplicates."""
    found: dict[str, Loop] = {}
    for loop in loops:
        found |= {each.digest: each for each in [*_with_used(loop.uses.values()), loop]}
    return list(found.values())
