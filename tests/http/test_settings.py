"""Settings: what the environment may say."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings, SettingsError, table

ROOT = Path(__file__).parents[2]


def test_everything_has_a_default():
    settings = Settings.from_env({})

    assert settings.database_url == "sqlite:///.attune/attune.db"
    assert settings.snapshot == ROOT / "models/pretrained"
    assert settings.weights == ROOT / "models/weights"
    assert settings.max_body_bytes == 64 * 2**20
    assert settings.max_json_bytes == 8 * 2**20
    assert settings.threads == 4
    assert settings.seed is None
    assert settings.personaliser == "logistic"
    assert settings.metrics_folder is None


def test_what_is_set_is_taken():
    chosen = {
        "ATTUNE_SEED": "7",
        "ATTUNE_MAX_AUDIO_S": "12.5",
        "ATTUNE_WEIGHTS": "/w",
        "HOME": "/",
    }

    settings = Settings.from_env(chosen)

    assert (settings.seed, settings.max_audio_s, settings.weights) == (7, 12.5, Path("/w"))


def test_a_candidate_that_is_not_there_is_none(tmp_path):
    candidate = tmp_path / "candidate"
    settings = Settings.from_env({"ATTUNE_CANDIDATE": str(candidate)})

    assert settings.snapshots == [settings.snapshot]
    candidate.symlink_to(tmp_path / "nowhere")
    assert settings.snapshots == [settings.snapshot, candidate]
    assert Settings.from_env({}).snapshots == [ROOT / "models/pretrained"]


@pytest.mark.parametrize(
    ("name", "items"),
    [("members", ("sgd", "svm")), ("cors_origins", ("https://a.example", "http://localhost:80"))],
)
def test_a_list_is_separated_by_commas(name, items):
    reply = {f"ATTUNE_{name.upper()}": f"{', '.join(items)},"}

    assert getattr(Settings.from_env(reply), name) == items
    assert getattr(Settings.from_env({}), name) == ()


def test_what_clients_read_is_no_setting_and_no_error():
    of_clients = {"ATTUNE_KEY": "attune_a_b", "ATTUNE_URL": "http://127.0.0.1:3000"}

    assert Settings.from_env(of_clients) == Settings.from_env({})


def test_an_unknown_setting_is_an_error_that_names_the_known_ones():
    with pytest.raises(SettingsError, match=r"ATTUNE_THREDS is not a setting; .*THREADS"):
        Settings.from_env({"ATTUNE_THREDS": "2"})


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("CANDIDATE_SHARE", "1.5", "less than or equal to 1"),
        ("CANDIDATE_SHARE", "nan", ""),
        ("CANDIDATE_SHARE", "-0.1", "greater than or equal to 0"),
        ("THREADS", "many", "integer"),
        ("THREADS", "0", "greater than or equal to 1"),
        ("THREADS", "", ""),
        ("WORKERS", "-1", ""),
        ("MAX_BODY_BYTES", "64MiB", ""),
        ("MAX_AUDIO_S", "nan", "a finite number"),
        ("TIMEOUT_S", "inf", "a finite number"),
        ("SEED", "-1", ""),
        ("RATE", "0", ""),
        ("RATE", "inf", "a finite number"),
        ("QUICK_TIMEOUT_S", "0", ""),
        ("LOG", "xml", "'text' or 'json'"),
        ("CORS_ORIGINS", "*", "such as https://app.example or http://localhost:8080"),
        ("CORS_ORIGINS", "app.example", ""),
        ("CORS_ORIGINS", "https://app.example/page", ""),
    ],
)
def test_a_value_that_cannot_be_is_an_error_that_names_it_and_its_bound(name, value, bound):
    said = rf"^ATTUNE_{name} is '{re.escape(value)}'; it should .*{bound}"

    with pytest.raises(SettingsError, match=said):
        Settings.from_env({f"ATTUNE_{name}": value})


def test_all_values_that_cannot_be_are_named_at_once():
    with pytest.raises(
        SettingsError, match=r"ATTUNE_THREADS is '0'; .*\. ATTUNE_LOG is 'xml'; .*\."
    ):
        Settings.from_env({"ATTUNE_LOG": "xml", "ATTUNE_THREADS": "0"})


def test_nothing_but_the_environment_that_is_passed_is_read(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("ATTUNE_THREADS=8\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTUNE_THREADS", "7")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    assert Settings.from_env({}).threads == 4
    assert Settings.from_env({}).metrics_folder is None


def test_counters_of_other_workers_are_where_bentoml_says():
    folder = Settings.from_env({"PROMETHEUS_MULTIPROC_DIR": "/counters"}).metrics_folder

    assert folder == Path("/counters")


def test_a_relative_path_starts_at_the_project_for_what_the_project_brings():
    reply = {f"ATTUNE_{name}": "mine" for name in ("SNAPSHOT", "CANDIDATE", "WEIGHTS", "CACHE")}

    settings = Settings.from_env(reply)

    assert {settings.snapshot, settings.candidate, settings.weights} == {ROOT / "mine"}
    assert settings.cache == Path("mine")


def test_the_table_shows_each_default_as_it_can_be_written():
    assert Settings.from_env({row.name: row.default for row in table()}) == Settings.from_env({})


def test_every_setting_is_described_by_a_sentence():
    assert [row.name for row in table() if not re.fullmatch("[A-Z].*[.]", row.description)] == []


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings.from_env({}).threads = 2
