"""API keys in a database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from service.auth.api_keys import Scope, make_key
from service.db.api_keys import ApiKeys
from service.db.notifications import Notifications
from service.db.tables import api_key
from service.errors import KeyNotFoundError
from tests.fakes import FakeClock

NOW = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(name="keys")
def _keys(database):
    return ApiKeys(database, FakeClock())


def new(name="app", *scopes, rate=None, user=None):
    return make_key(name, frozenset(scopes or Scope), rate, NOW, user)


@pytest.mark.parametrize("user", [None, "ana"])
def test_a_key_comes_back_as_it_was_added(keys, user):
    key = new("Ana's app", Scope.LABEL, Scope.PREDICT, rate=2.5, user=user).key

    keys.add(key)

    assert list(keys.all()) == [key]
    assert keys.revoke(key.key_id).user_id == user


def test_keys_come_oldest_first_and_a_revoked_one_stays(keys):
    made = [new(str(n)).key for n in range(3)]
    for key in made:
        keys.add(key)

    keys.revoke(made[1].key_id)

    assert {key.key_id: key.is_revoked for key in keys.all()} == {
        key.key_id: key is made[1] for key in made
    }


def test_revoking_twice_changes_nothing(keys):
    key = new().key
    keys.add(key)

    first, second = keys.revoke(key.key_id), keys.revoke(key.key_id)

    assert first == second
    assert first.is_revoked


def test_a_key_that_is_not_there_cannot_be_revoked(keys):
    with pytest.raises(KeyNotFoundError, match="nobodys"):
        keys.revoke("nobodys")


def test_every_change_is_announced_and_nothing_else_is(database, keys):
    notifications, key = Notifications(database), new().key
    revisions = [notifications.revisions()["keys"]]

    for change in (
        lambda: keys.add(key),
        lambda: keys.all(),
        lambda: keys.revoke(key.key_id),
        lambda: keys.revoke(key.key_id),
    ):
        change()
        revisions.append(notifications.revisions()["keys"])

    assert revisions == [0, 1, 1, 2, 2]


def test_the_database_never_sees_a_secret(database, keys):
    made = new()
    keys.add(made.key)

    with database.read() as connection:
        row = connection.execute(select(api_key)).one()

    secret = made.written.rpartition(made.key.key_id + "_")[2]
    assert len(secret) == 43
    assert secret not in str(row)
