"""Settings: all that an operator may choose, read once from ``ATTUNE_*`` environment variables."""

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
LEAST_RATE = 0.01
"""Requests a second."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Not ours: workers are given it, and Prometheus' client keeps their counters there."""
_CLIENTS = frozenset({"ATTUNE_KEY", "ATTUNE_URL"})
"""Not ours either, though they begin like ours: clients read them."""
_PROJECT = Path(__file__).resolve().parents[1]
_RELATIVE = "; a relative path starts at the project."
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")


class SettingsError(ValueError):
    """The environment says something that cannot be served."""


def _origins(value: str | tuple[str, ...]) -> tuple[str, ...]:
    texts = value.split(",") if isinstance(value, str) else value
    origins = tuple(text.strip() for text in texts if text.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                "should list origins, each written out, as https://app.example or "
                f"http://localhost:8080; {origin!r} is none"
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
    """What the operator chose; the fields have the order of the documentation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, allow_inf_nan=False, validate_by_name=True
    )

    database_url: str = Field(
        default="sqlite:///.attune/attune.db",
        description="SQLAlchemy URL of the database that keeps tracks and labels: SQLite's file, "
        "or `postgresql://user:password@host/name`.",
    )
    migrate: Literal["start", "never"] = Field(
        default="start",
        description="When the database is brought to the schema of this release: at the `start`, "
        "or `never` but by `python -m service migrate`.",
    )
    replicas: Count = Field(
        default=1,
        description="Machines or containers that serve one database; more than one need "
        "PostgreSQL.",
    )
    cache: OrNone[Path] = Field(
        default=None,
        description="Folder on this machine's disk for what can be computed again; when empty, "
        "beside SQLite's file, or `.attune`.",
    )
    snapshot: ProjectPath = Field(
        default=Path("models/pretrained"),
        description=f"Folder of the snapshot that is served{_RELATIVE}",
    )
    members: Members = Field(
        default=(),
        description="Algorithms of the committees to answer with, by comma, such as `sgd,svm`; "
        "all that the snapshot has if empty.",
    )
    candidate: OrNone[ProjectPath] = Field(
        default=None,
        description="Folder of a second snapshot, tried beside the first; none while nothing is "
        f"there{_RELATIVE}",
    )
    candidate_share: Share = Field(
        default=0,
        description="Share of users, from 0 to 1, whom the second snapshot answers; by their ids, "
        "so that one and the same user always gets the same.",
    )
    weights: ProjectPath = Field(
        default=Path("models/weights"), description=f"Folder of the encoders{_RELATIVE}"
    )
    max_body_bytes: NumberOfBytes = Field(
        default=64 * 2**20, description="Largest upload, in bytes."
    )
    max_json_bytes: NumberOfBytes = Field(
        default=8 * 2**20, description="Largest JSON body, in bytes."
    )
    max_audio_s: Seconds = Field(default=3600, description="Longest recording, in seconds.")
    threads: Count = Field(
        default=4, description="Requests that one worker computes at the same time."
    )
    workers: Count = Field(default=1, description="Worker processes.")
    timeout_s: Seconds = Field(
        default=120,
        description="Seconds after which a call that hears audio, or takes much at once, is given "
        "up.",
    )
    quick_timeout_s: Seconds = Field(
        default=10, description="Seconds after which any other call is given up."
    )
    max_concurrency: OrNone[Count] = Field(
        default=None,
        description="Requests in progress, over all workers, beyond which more are refused; a key "
        "holds at most three quarters of them. When empty, 16 for each thread of each worker.",
    )
    rate: OrNone[Annotated[float, Field(ge=LEAST_RATE)]] = Field(
        default=None,
        description="Requests that an API key may make a second, over all workers of a machine; "
        "any number if empty.",
    )
    cors_origins: Origins = Field(
        default=(),
        description="Origins of web pages that may call, by comma, such as `https://app.example`; "
        "none if empty.",
    )
    log: Literal["text", "json"] = Field(
        default="text",
        description="How log lines are written to standard error: `text` for people, `json` for "
        "machines.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="How much is logged: `debug`, `info`, `warning` or `error`.",
    )
    seed: OrNone[Annotated[int, Field(ge=0)]] = Field(
        default=None,
        description="Seed of random queries, which then repeat; drawn from the system when empty.",
    )
    personaliser: str = Field(
        default="logistic",
        description="How a listener's answers are learnt: `logistic` (level and taste beside "
        "others' votes; `gaussian`, its earlier name, means the same), `committee` (every member, "
        "from all answers) or "
        "`committee-newest` (every member, each call's answers on top of what the calls before "
        "have left).",
    )
    audio: OrNone[Path] = Field(
        default=None,
        description="Folder in which the audio of registered tracks is kept, so that it can be "
        "heard on `/annotate`; several replicas must share it. When empty, no audio is kept.",
    )
    listen_s: Annotated[float, Field(ge=0)] = Field(
        default=5,
        description="Seconds of a track that are heard on `/annotate` before it can be answered.",
    )
    emotion: Literal["perceived", "felt"] = Field(
        default="perceived",
        description="What `/annotate` asks for: the emotion that is `perceived` in the music, or "
        "`felt`.",
    )
    repeat_share: Share = Field(
        default=0.067,
        description="Share of the questions on `/annotate`, from 0 to 1, that repeat an earlier "
        "one, so that a listener's consistency is known.",
    )
    calibrate: Literal["auto", "never"] = Field(
        default="auto",
        description="Whether the shared models are fitted to the catalogue and its listeners: "
        "`auto`, by one process of all, whenever tracks or answers have grown by half; or `never` "
        "but by `python -m service calibrate`.",
    )
    metrics_folder: OrNone[Path] = Field(
        default=None,
        validation_alias=METRICS_FOLDER,
        description="Where workers leave their counters for each other; None: a process alone.",
    )

    @property
    def snapshots(self) -> list[Path]:
        """The folders of the snapshots to serve, the candidate's last; absent, it is none.

        A link without an end is not absent: whoever made it meant something.
        """
        if self.candidate is None or not lexists(self.candidate):
            return [self.snapshot]
        return [self.snapshot, self.candidate]

    @property
    def may_migrate(self) -> bool:
        """Whether whoever starts may bring the database to the newest schema."""
        return self.migrate == "start"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in this environment.

        Raises:
            SettingsError: A variable that begins with ``ATTUNE_`` is unknown, or a value cannot be
                read or is out of bounds.
        """
        known = {row.name for row in table()}
        ours = {name for name in environ if name.startswith(PREFIX)} - _CLIENTS
        if unknown := sorted(ours - known):
            raise SettingsError(
                f"{', '.join(unknown)} is no setting; known are {', '.join(sorted(known))}."
            )
        source = EnvSettingsSource(cls)
        read = {*known, METRICS_FOLDER} & set(environ)
        source.env_vars = {name.lower(): environ[name] for name in read}  # it looks for lower case
        try:
            return cls(**source())
        except ValidationError as error:
            raise SettingsError(" ".join(map(_sentence, error.errors()))) from error

    @classmethod
    def settings_customise_sources(
        cls, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what is passed: no environment of the process, and no file."""
        return (sources["init_settings"],)


class Row(NamedTuple):
    """A setting as the documentation shows it.

    Attributes:
        name: The environment variable.
        default: As one would write it; empty for none.
        description: A sentence for the operator.
    """

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
