"""Replies: read off the attributes of domain objects, and the parts that several share."""

from typing import Annotated, Any

from pydantic import AliasGenerator, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field

# Bounds are told, not checked: our own rounding must not turn an answer into an error.
Probability = Annotated[float, Field(json_schema_extra={"minimum": 0, "maximum": 1})]

Axis = Annotated[float, Field(json_schema_extra={"minimum": -1, "maximum": 1})]


class Reply(BaseModel):
    """A reply body; ``model_validate`` makes it of the domain object."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def at(*path: str) -> Any:  # pydantic's own type of a field
    """Read a field at this path of attributes of the domain object."""
    return Field(validation_alias=AliasPath(*path))


def within(*path: str) -> ConfigDict:
    """Read fields from the attribute at this path, but for those that say `at` themselves."""
    return ConfigDict(
        alias_generator=AliasGenerator(validation_alias=lambda name: AliasPath(*path, name))
    )


def as_field(name: str) -> BeforeValidator:
    """Make a value the only field of a reply."""
    return BeforeValidator(lambda value: {name: value})


class ModelVersion(Reply):
    """Which shared models answered."""

    snapshot: str


SnapshotVersion = Annotated[ModelVersion, as_field("snapshot"), at("snapshot")]
"""Read off ``snapshot``, the version that domain objects hold."""


class Personal(Reply):
    """What a reply owes to the user's own answers."""

    user_id: str
    n_labels: Annotated[
        int,
        Field(
            description="How many tracks have an answer of the user that stands.",
            json_schema_extra={"minimum": 0},
        ),
    ]
    used: Annotated[
        bool,
        at("is_used"),
        Field(
            description="Whether these answers are in the reply. From the first on they are, but "
            "under the committee personaliser not in every track's prediction."
        ),
    ]


class Share(Reply):
    """How many of `n` were hits, with an interval of 95 %.

    Of one listener it is Wilson's; over listeners, who differ, their answers are not taken for
    independent.
    """

    n: int
    hits: int
    value: Probability
    low: Probability
    high: Probability


class Gain(Reply):
    """The personal share less the population's, with an interval of 95 % over users.

    All are null where there are fewer than two users.
    """

    value: Axis | None
    low: Axis | None
    high: Axis | None
