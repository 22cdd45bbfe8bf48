"""Gives a client's method the name, signature and docstring of its call."""

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, get_args

F = TypeVar("F", bound=Callable[..., object])

_SELF = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)


def described_by(describe: Callable[..., object], *, iterates: Any = None) -> Callable[[F], F]:
    """Return a decorator for the method that sends the call of ``describe``.

    Type checkers use ``Concatenate``; this is for ``help()`` and editors.

    Args:
        describe: Returns a ``Call[T]``, or a ``Call[Page[T]]`` if the method iterates.
        iterates: ``Iterator`` or ``AsyncIterator`` if the method iterates.
    """

    def decorate(send: F) -> F:
        update_wrapper(send, describe)
        signature = inspect.signature(describe)
        (returns,) = get_args(signature.return_annotation)
        signature = signature.replace(
            parameters=[_SELF, *signature.parameters.values()],
            return_annotation=iterates[get_args(returns)[0]] if iterates else returns,
        )
        vars(send)["__signature__"] = signature
        return send

    return decorate
