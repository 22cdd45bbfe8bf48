"""The public interface of the package."""

import inspect

import pytest

import attune_client
from attune_client import AsyncAttuneClient, AttuneClient
from attune_client.calls import resources, verbs

CALLS = [
    name
    for module in (verbs, resources)
    for name, member in inspect.getmembers(module, inspect.isfunction)
    if member.__module__ == module.__name__ and not name.startswith("_")
]


def test_all_lists_every_public_name():
    public = {name for name in vars(attune_client) if name[0].isalpha()}
    modules = {name for name in public if inspect.ismodule(getattr(attune_client, name))}

    assert public - modules == set(attune_client.__all__) - {"__version__"}


@pytest.mark.parametrize("kind", [AttuneClient, AsyncAttuneClient])
def test_the_methods_of_a_client_are_the_calls(kind):
    methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}

    assert methods - {"close", "aclose"} == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_both_clients_have_the_signature_of_the_call(call):
    described = getattr(verbs, call, None) or getattr(resources, call)

    shown = [getattr(kind(), call) for kind in (AttuneClient, AsyncAttuneClient)]

    parameters = inspect.signature(described).parameters
    assert [inspect.signature(method).parameters for method in shown] == [parameters, parameters]
    assert [method.__doc__ for method in shown] == [described.__doc__, described.__doc__]


def test_an_iterating_method_has_the_type_of_an_entry():
    shown = inspect.signature(AttuneClient.tracks)

    assert "self, /, *, page_size: int = 100" in str(shown)
    assert "Iterator[attune_client.replies.Track]" in str(shown)
