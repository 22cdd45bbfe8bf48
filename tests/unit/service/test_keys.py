"""API keys: how they are made, and which requests they open."""

from datetime import UTC, datetime

import pytest

from service.auth.api_keys import EVERY_SCOPE, ApiKeyCache, Scope, make_key
from service.errors import (
    KeyMalformedError,
    KeyUnknownError,
)
from tests.databases import new_keys

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PREDICT = frozenset({Scope.PREDICT})


def ring_with(*keys):
    store = new_keys()
    for key in keys:
        store.add(key)
    return ApiKeyCache(store.all), store


@pytest.fixture(name="new")
def _new():
    return make_key("app", PREDICT, None, NOW)


def test_a_key_says_what_it_is_and_its_id_and_holds_256_random_bits(new):
    prefix, key_id, secret = new.written.split("_", 2)

    assert (prefix, key_id) == ("attune", new.key.key_id)
    assert len(key_id) == 12
    assert len(secret) == 43


def test_no_two_keys_are_alike():
    made = [make_key("app", PREDICT, None, NOW) for _ in range(100)]

    assert len({each.key.key_id for each in made}) == 100
    assert len({each.written for each in made}) == 100


def test_a_request_that_came_before_the_first_key_and_shows_it_goes_on(new):
    key_cache, store = ring_with()
    store.add(new.key)
    key_cache.read()

    key_cache.require_access(f"Bearer {new.written}", EVERY_SCOPE)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic YWRtaW46YWRtaW4=",
        "{written}",
        "Token {written}",
        "Bearer {written}x",
        "Bearer {written} {written}",
        "Bearer {upper}",
        "Bearer attune__",
        "Bearer attune_{id}_",
        "Bearer attune_{id}_é",
        "Bearer \x00",
        "Bearer " + "a" * 10_000,
    ],
)
def test_what_is_no_key_is_not_compared_and_not_repeated(new, header):
    key_cache, _ = ring_with(new.key)
    shown = header.format(written=new.written, upper=new.written.upper(), id=new.key.key_id)

    with pytest.raises(KeyMalformedError) as refusal:
        key_cache.authenticate(shown, PREDICT)

    assert new.written not in str(refusal.value)


def test_who_has_a_wrong_secret_does_not_learn_that_a_key_was_revoked(new):
    key_cache, store = ring_with(new.key)
    store.revoke(new.key.key_id)
    key_cache.read()

    with pytest.raises(KeyUnknownError):
        key_cache.authenticate(f"Bearer attune_{new.key.key_id}_{'A' * 43}", PREDICT)
