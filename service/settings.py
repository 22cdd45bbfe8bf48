"""Settings of the service, read once from ``ATTUNE_*`` environment variables."""

import re
from collections.abc import Mapping
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "ATTUNE_"
MIN_RATE = 0.01
"""Requests per second."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of Prometheus' client library: the folder of the workers' counters."""
_CLIENT_VARIABLES = frozenset({"ATTUNE_KEY", "ATTUNE_URL"})
"""Variables of the clients, which have the same prefix."""
_PROJECT = Path(__file__).resolve().parents[1]
_RELATIVE = "; a relative path starts at the project."
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")


class SettingsError(ValueError):
    """The environment holds an unknown or invalid setting."""


def _origins(value: str | tuple[str, ...]) -> tuple[str, ...]:
    texts = value.split(",") if isinstance(value, str) else value
    origins = tuple(text.strip() for text in texts if text.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                "should list complete origins such as https://app.example or "
                f"http://localhost:8080; {origin!r} is not an origin"
            )
    return origins


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in names if name.strip())


T = TypeVar("T")
OrNone = Annotated[T | None, BeforeValidator(lambda value: None if value == "" else value)]
ProjectPath = Annotated[Path, AfterValidator(lambda path: _PROJECT / path)]  # absolute ones stay
Count = Annotated[int, Field(ge=1)]
NumberOfBytes = Annotated[int, Field(ge=1024)]
Seconds = Annotated[float, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Members = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]


class Settings(BaseSettings):
    """The operator's settings, in the order of the documentation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, allow_inf_nan=False, validate_by_name=True
    )

    database_url: str = Field(
        default="sqlite:///.attune/attune.db",
        description="SQLAlchemy URL of the database: an SQLite file, or "
        "`postgresql://user:password@host/name`.",
    )
    migrate: Literal["start", "never"] = Field(
        default="start",
        description="When to migrate the database. `start`: at startup. `never`: only by "
        "`python -m service migrate`.",
    )
    replicas: Count = Field(
        default=1,
        description="Largest number of machines or containers on one database at the same time; "
        "more than one require PostgreSQL.",
    )
    cache: OrNone[Path] = Field(
        default=None,
        description="Local folder for data that can be recomputed; if empty, the folder of the "
        "SQLite file, or `.attune`.",
    )
    snapshot: ProjectPath = Field(
        default=Path("models/pretrained"),
        description=f"Folder of the served snapshot{_RELATIVE}",
    )
    members: Members = Field(
        default=(),
        description="Comma-separated algorithms of the committees to use, such as `sgd,svm`; if "
        "empty, all of the snapshot's.",
    )
    candidate: OrNone[ProjectPath] = Field(
        default=None,
        description="Folder of a second snapshot on trial; unused while the folder does not exist"
        f"{_RELATIVE}",
    )
    candidate_share: Share = Field(
        default=0,
        description="Share of users, from 0 to 1, that the second snapshot answers; chosen by "
        "user id, so that each user always gets the same snapshot.",
    )
    weights: ProjectPath = Field(
        default=Path("models/weights"), description=f"Folder of the encoders{_RELATIVE}"
    )
    max_body_bytes: NumberOfBytes = Field(
        default=64 * 2**20, description="Size limit of an upload, in bytes."
    )
    max_json_bytes: NumberOfBytes = Field(
        default=8 * 2**20, description="Size limit of a JSON body, in bytes."
    )
    max_audio_s: Seconds = Field(
        default=3600, description="Length limit of a recording, in seconds."
    )
    threads: Count = Field(
        default=4, description="Number of requests that one worker computes at the same time."
    )
    workers: Count = Field(default=1, description="Number of worker processes.")
    timeout_s: Seconds = Field(
        default=120,
        description="Time limit of calls with audio, lyrics or many items, in seconds.",
    )
    quick_timeout_s: Seconds = Field(
        default=10, description="Time limit of all other calls, in seconds."
    )
    max_concurrency: OrNone[Count] = Field(
        default=None,
        description="Maximum number of requests in progress over all workers; one key can hold "
        "three quarters of them. If empty, 16 for each thread of each worker.",
    )
    rate: OrNone[Annotated[float, Field(ge=MIN_RATE)]] = Field(
        default=None,
        description="Rate limit of an API key, in requests per second over all workers of a "
        "machine; no limit if empty.",
    )
    cors_origins: Origins = Field(
        default=(),
        description="Comma-separated origins of web pages that may call, such as "
        "`https://app.example`; none if empty.",
    )
    log: Literal["text", "json"] = Field(
        default="text",
        description="Format of log lines on standard error: `text` or `json`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Log level: `debug`, `info`, `warning` or `error`.",
    )
    seed: OrNone[Annotated[int, Field(ge=0)]] = Field(
        default=None,
        description="Seed of random queries, for repeatable runs; if empty, random.",
    )
    personaliser: str = Field(
        default="logistic",
        description="How the service learns from a user's labels: `logistic` (a logistic model of "
        "level and taste, with other users' votes; earlier name `gaussian`), `committee` (trains "
        "every member on all labels) or `committee-newest` (continues training every member on "
        "each call's labels).",
    )
    audio: OrNone[Path] = Field(
        default=None,
        description="Folder for the audio of registered tracks, which `/annotate` plays; several "
        "replicas must share it. If empty, no audio is stored.",
    )
    segments: Literal["all", "coarse", "none"] = Field(
        default="all",
        description="Segments to store with a registered track, which its curve over time shows: "
        "`all`, `coarse` (means of neighbours over 10 s or more, 12 at most) or `none`.",
    )
    listen_s: Annotated[float, Field(ge=0)] = Field(
        default=5,
        description="Seconds of a track that `/annotate` plays before it accepts an answer.",
    )
    emotion: Literal["perceived", "felt"] = Field(
        default="perceived",
        description="The emotion that `/annotate` asks for: `perceived` in the music, or `felt`.",
    )
    repeat_share: Share = Field(
        default=0.067,
        description="Share of questions on `/annotate`, from 0 to 1, that repeat an earlier "
        "question, to measure a user's consistency.",
    )
    calibrate: Literal["auto", "never"] = Field(
        default="auto",
        description="When to calibrate the shared models to the catalogue and its users. `auto`: "
        "whenever tracks or labels have grown by half, in one process. `never`: only by "
        "`python -m service calibrate`.",
    )
    metrics_folder: OrNone[Path] = Field(
        default=None,
        validation_alias=METRICS_FOLDER,
        description="Folder of the workers' counters; None for a single process.",
    )

    @property
    def snapshots(self) -> list[Path]:
        """The folders of the snapshots to serve: the primary, then the candidate if it exists.

        A broken link counts as existing, so that it is reported instead of ignored.
        """
        if self.candidate is None or not lexists(self.candidate):
            return [self.snapshot]
        return [self.snapshot, self.candidate]

    @property
    def may_migrate(self) -> bool:
        """Whether to migrate the database at startup."""
        return self.migrate == "start"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings of an environment.

        Raises:
            SettingsError: A variable that begins with ``ATTUNE_`` is unknown, or a value is
                malformed or out of bounds.
        """
        known = {row.name for row in table()}
        present = {name for name in environ if name.startswith(PREFIX)} - _CLIENT_VARIABLES
        if unknown := sorted(present - known):
            raise SettingsError(
                f"{', '.join(unknown)} is not a setting; "
                f"the settings are {', '.join(sorted(known))}."
            )
        source = EnvSettingsSource(cls)
        relevant = {*known, METRICS_FOLDER} & set(environ)
        source.env_vars = {
            name.lower(): environ[name] for name in relevant
        }  # pydantic expects lower case
        try:
            return cls(**source())
        except ValidationError as error:
            raise SettingsError(" ".join(map(_sentence, error.errors()))) from error

    @classmethod
    def settings_customise_sources(
        cls, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read only the passed values: neither the process's environment nor a file."""
        return (sources["init_settings"],)


class Row(NamedTuple):
    """A setting in the documentation."""

    name: str
    default: str
    description: str


def table() -> list[Row]:
    """Return every setting, in the order of the documentation."""
    return [
        Row(_variable(name), _written(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
        if field.validation_alias is None
    ]


def _written(default: object) -> str:
    return "" if default in (None, ()) else str(default)


def _variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def _sentence(error: Any) -> str:
    rule = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{_variable(error['loc'][0])} is {error['input']!r}; it {rule}."
