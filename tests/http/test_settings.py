"""Settings: what the environment may say."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from service.settings import TABLE, Settings, SettingsError

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
    assert settings.personaliser == "gaussian"
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


def test_origins_are_listed_by_comma():
    chosen = {"ATTUNE_CORS_ORIGINS": "https://app.example, http://localhost:8080,"}

    origins = Settings.from_env(chosen).cors_origins

    assert origins == ("https://app.example", "http://localhost:8080")
    assert Settings.from_env({}).cors_origins == ()


def test_what_clients_read_is_no_setting_and_no_error():
    of_clients = {"ATTUNE_KEY": "attune_a_b", "ATTUNE_URL": "http://127.0.0.1:3000"}

    assert Settings.from_env(of_clients) == Settings.from_env({})


def test_an_unknown_setting_is_an_error_that_names_the_known_ones():
    with pytest.raises(SettingsError, match=r"ATTUNE_THREDS is no setting; known are .*THREADS"):
        Settings.from_env({"ATTUNE_THREDS": "2"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ATTUNE_CANDIDATE_SHARE", "1.5"),
        ("ATTUNE_CANDIDATE_SHARE", "nan"),
        ("ATTUNE_CANDIDATE_SHARE", "-0.1"),
        ("ATTUNE_THREADS", "many"),
        ("ATTUNE_THREADS", "0"),
        ("ATTUNE_THREADS", ""),
        ("ATTUNE_WORKERS", "-1"),
        ("ATTUNE_MAX_BODY_BYTES", "64MiB"),
        ("ATTUNE_MAX_AUDIO_S", "nan"),
        ("ATTUNE_TIMEOUT_S", "inf"),
        ("ATTUNE_SEED", "-1"),
        ("ATTUNE_RATE", "0"),
        ("ATTUNE_RATE", "inf"),
        ("ATTUNE_QUICK_TIMEOUT_S", "0"),
        ("ATTUNE_CORS_ORIGINS", "*"),
        ("ATTUNE_CORS_ORIGINS", "app.example"),
        ("ATTUNE_CORS_ORIGINS", "https://app.example/page"),
    ],
)
def test_a_value_that_cannot_be_is_an_error_that_names_it(name, value):
    with pytest.raises(SettingsError, match=rf"{name} is .*{re.escape(value)}"):
        Settings.from_env({name: value})


def test_the_table_and_the_settings_agree():
    named = [setting.field for setting in TABLE]

    assert [*named, "metrics_folder"] == [field.name for field in fields(Settings)]
    assert all(setting.meaning.endswith(".") for setting in TABLE)


def test_settings_do_not_change():
    with pytest.raises(AttributeError):
        Settings.from_env({}).threads = 2
