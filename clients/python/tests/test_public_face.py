"""What the package shows to the world."""

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


def test_everything_imported_is_declared():
    public = {name for name in vars(attune_client) if name[0].isalpha()}
    modules = {name for name in public if inspect.ismodule(getattr(attune_client, name))}

    assert public - modules == set(attune_client.__all__) - {"__version__"}


@pytest.mark.parametrize("kind", [AttuneClient, AsyncAttuneClient])
def test_every_described_call_is_a_method_and_no_other(kind):
    methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"}

    assert methods - {"close", "aclose"} == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_both_clients_show_the_signature_of_the_call(call):
    described = getattr(verbs, call, None) or getattr(resources, call)

    shown = [getattr(kind(), call) for kind in (AttuneClient, AsyncAttuneClient)]

    parameters = inspect.signature(described).parameters
    assert [inspect.signature(method).parameters for method in shown] == [parameters, parameters]
    assert [method.__doc__ for method in shown] == [described.__doc__, described.__doc__]


def test_a_method_shows_what_it_returns_rather_than_how():
    shown = inspect.signature(AttuneClient.tracks)

    assert "self, /, *, page_size: int = 100" in str(shown)
    assert "Iterator[attune_client.replies.Track]" in str(shown)
