"""The database as it is served: which settings may go with which database, and which schema."""

import logging
from contextlib import closing

import pytest

from service.db.database import Database, most_connections
from service.db.schema import migrate, schema_of
from service.errors import SchemaError, StoreUnavailableError
from service.serving.container import open_served
from service.settings import Settings, SettingsError


@pytest.fixture(name="settings")
def _settings(tmp_path):
    url = f"sqlite:///{tmp_path}/attune.db"
    return Settings.from_env({"ATTUNE_DATABASE_URL": url, "ATTUNE_QUICK_TIMEOUT_S": "1"})


def test_a_schema_that_may_not_be_changed_is_refused_by_a_sentence_with_the_command(settings):
    never = settings.model_copy(update={"migrate": "never"})

    with pytest.raises(SchemaError, match=r"no tables yet.*`python -m service migrate`"):
        open_served(never)

    with closing(Database(settings.database_url)) as database:
        migrate(database)
    open_served(never).close()


def test_several_replicas_over_sqlite_are_refused(settings):
    with pytest.raises(SettingsError, match=r"ATTUNE_REPLICAS is 2, but SQLite .* PostgreSQL"):
        open_served(settings.model_copy(update={"replicas": 2}))


def test_several_replicas_over_postgresql_are_served(settings, postgres):
    url = postgres.new_database().replace("postgresql+psycopg", "postgresql")

    chosen = settings.model_copy(update={"database_url": url, "replicas": 2})

    with closing(open_served(chosen)) as database:
        assert schema_of(database).pending == ()


@pytest.mark.parametrize(("n_spare", "n_warnings"), [(0, 0), (-1, 1)])
def test_more_connections_than_the_server_allows_are_named_in_one_line(
    settings, postgres, caplog, n_spare, n_warnings
):
    url = postgres.new_database()
    with closing(Database(url)) as database:
        limit = database.connection_limit()
    each = limit // 2 - n_spare
    chosen = settings.model_copy(
        update={
            "database_url": url,
            "workers": 2,
            "threads": each - most_connections(0),
        }
    )

    with caplog.at_level(logging.WARNING, "bentoml.attune"), closing(open_served(chosen)):
        lines = [each.getMessage() for each in caplog.records if "x ATTUNE_WORKERS" in each.msg]

    assert len(lines) == n_warnings
    assert all(f"allows {limit} connections" in line for line in lines)
    assert all(f"may open {2 * each}: ATTUNE_REPLICAS (1)" in line for line in lines)


def test_sqlite_has_no_limit_of_connections(settings):
    with closing(open_served(settings)) as database:
        assert database.connection_limit() is None


def test_a_file_that_another_machine_serves_is_refused(settings):
    with closing(Database(settings.database_url)) as elsewhere:
        elsewhere.claim("other-host another-boot")

        with pytest.raises(StoreUnavailableError, match="'other-host'"):
            open_served(settings)

    open_served(settings).close()


def test_a_lock_is_given_up_before_the_quick_calls_are(settings):
    with closing(open_served(settings)) as database, database.read() as connection:
        waits_ms = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()

    assert 0 < waits_ms < settings.quick_timeout_s * 1_000
