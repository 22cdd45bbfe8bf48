"""The base of reply types, which read the attributes of domain objects, and shared parts."""

from typing import Annotated, Any

from pydantic import AliasGenerator, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

# Bounds are documented, not checked: our own rounding must not turn a reply into an error.
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]

Axis = Annotated[float, Field(json_schema_extra={"minimum": -1, "maximum": 1})]


class Reply(BaseModel):
    """A reply body; ``model_validate`` reads it from the domain object."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def at(*path: str) -> Any:  # pydantic's own type of a field
    """Read a field from this path of attributes of the domain object."""
    return Field(validation_alias=AliasPath(*path))


def within(*path: str) -> ConfigDict:
    """Read all fields from the attribute at this path, except fields with their own `at`."""
    return ConfigDict(
        alias_generator=AliasGenerator(validation_alias=lambda name: AliasPath(*path, name))
    )


def as_field(name: str) -> BeforeValidator:
    """Wrap a value as the only field of a reply."""
    return BeforeValidator(lambda value: {name: value})


class ModelVersion(Reply):
    """The shared models that computed the reply."""

    snapshot: str


SnapshotVersion = Annotated[ModelVersion, as_field("snapshot"), at("snapshot")]
"""Read from the attribute ``snapshot``, a version."""


class Personal(Reply):
    """How the user's own labels take part in a reply."""

    user_id: str
    n_labels: Annotated[
        int,
        Field(
            description="Number of tracks that the user has labelled.",
            json_schema_extra={"minimum": 0},
        ),
    ]
    used: Annotated[
        bool,
        at("is_used"),
        Field(
            description="Whether the reply uses these labels. It does from the first label on, "
            "except under the committee personaliser, where some tracks' predictions do not."
        ),
    ]


class Share(Reply):
    """Number and share of hits among `n`, with a 95 % interval.

    Wilson interval for one user; cluster-robust across users.
    """

    n: int
    hits: int
    value: Probability
    low: Probability
    high: Probability


class Gain(Reply):
    """The personal share minus the population's, with a 95 % interval over users.

    All values are null for fewer than two users.
    """

    value: Axis | None
    low: Axis | None
    high: Axis | None
