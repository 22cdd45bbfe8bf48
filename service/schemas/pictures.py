"""What is shown of one listener."""

from datetime import datetime
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from models.emotion import Quadrant
from models.plane import CENTRES
from service import picture, shares
from service.schemas.prediction import ModelVersion, Probability, Reply

_Axis = Annotated[float, Field(json_schema_extra={"minimum": -1, "maximum": 1})]
_Difference = Annotated[float, Field(json_schema_extra={"minimum": -2, "maximum": 2})]


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

    @classmethod
    def of(cls, share: shares.Share) -> "Share":
        """Return a share as it goes over the wire."""
        return cls(n=share.n, hits=share.hits, value=share.value, low=share.low, high=share.high)


def _share(share: shares.Share | None) -> Share | None:
    return None if share is None else Share.of(share)


class Gain(Reply):
    """The personal share less the population's, with an interval of 95 % over users.

    All are null where there are fewer than two users.
    """

    value: _Axis | None
    low: _Axis | None
    high: _Axis | None

    @classmethod
    def of(cls, gain: shares.Gain) -> "Gain":
        """Return a gain as it goes over the wire."""
        return cls(value=gain.value, low=gain.low, high=gain.high)


class PlacedLabel(Reply):
    """An answer that stands, and what its track is called."""

    track_id: str
    title: str | None
    artist: str | None
    quadrant: Quadrant
    valence: _Axis | None
    arousal: _Axis | None
    liking: int | None
    familiarity: int | None
    created_at: datetime

    @classmethod
    def of(cls, placed: picture.Placed) -> "PlacedLabel":
        """Return an answer as it goes over the wire."""
        label, told = placed.event.label, placed.event.label.circumstances
        return cls(
            track_id=label.track_id,
            title=placed.heading.title,
            artist=placed.heading.artist,
            quadrant=placed.quadrant,
            valence=label.valence,
            arousal=label.arousal,
            liking=told.liking,
            familiarity=told.familiarity,
            created_at=placed.event.created_at,
        )


class Density(Reply):
    """How much of what is expected lies in each cell of the plane; it sums to 1.

    Rows are arousal, from low to high; in each, valence from low to high, at the places in `axis`.
    """

    density: list[list[float]]

    @classmethod
    def of(cls, density: NDArray[np.float64]) -> "Density":
        """Return a density as it goes over the wire, to six digits."""
        return cls(density=[[float(f"{cell:.6g}") for cell in row] for row in density.tolist()])


class Point(Reply):
    """A point on the plane."""

    valence: _Axis
    arousal: _Axis

    @classmethod
    def of(cls, point: picture.Point) -> "Point":
        """Return a point as it goes over the wire."""
        return cls(valence=point[0], arousal=point[1])


class DifferentTrack(Reply):
    """A track that is expected elsewhere for this user than for everybody."""

    track_id: str
    title: str | None
    artist: str | None
    personal: Point
    population: Point

    @classmethod
    def of(cls, track: picture.Different) -> "DifferentTrack":
        """Return a track as it goes over the wire."""
        return cls(
            track_id=track.track_id,
            title=track.heading.title,
            artist=track.heading.artist,
            personal=Point.of(track.personal),
            population=Point.of(track.population),
        )


class AxisDifference(Reply):
    """Personal less population on one axis: its mean over the sampled tracks, how it varies."""

    mean: _Difference
    sd: Annotated[float, Field(json_schema_extra={"minimum": 0})]


class PictureDifference(Reply):
    """How what is expected of this user differs from what is expected of everybody."""

    valence: AxisDifference
    arousal: AxisDifference
    tracks: list[DifferentTrack]

    @classmethod
    def of(cls, compared: picture.Comparison) -> "PictureDifference":
        """Return a difference as it goes over the wire."""
        valence, arousal = (
            AxisDifference(mean=mean, sd=sd)
            for mean, sd in zip(compared.mean.tolist(), compared.sd.tolist(), strict=True)
        )
        tracks = [DifferentTrack.of(track) for track in compared.different]
        return cls(valence=valence, arousal=arousal, tracks=tracks)


class CurvePiece(Reply):
    """How often the answers given after so many labels were foretold rightly."""

    from_labels: int
    to_labels: int
    personal: Share
    population: Share


class PrequentialHits(Reply):
    """How often the user's quadrants were foretold rightly, each before it was learnt.

    `personal`: by what the user was told; `population`: by what a newcomer would have been told.
    Null where nothing was foretold yet.
    """

    n: int
    personal: Share | None
    population: Share | None
    curve: list[CurvePiece]

    @classmethod
    def of(cls, told: picture.Prequential) -> "PrequentialHits":
        """Return hits as they go over the wire."""
        curve = [
            CurvePiece(
                from_labels=piece.from_labels,
                to_labels=piece.to_labels,
                personal=Share.of(piece.personal),
                population=Share.of(piece.population),
            )
            for piece in told.curve
        ]
        return cls(
            n=told.n,
            personal=_share(told.personal),
            population=_share(told.population),
            curve=curve,
        )


class OwnConsistency(Reply):
    """How far the user agrees with themselves, where a track was asked about again.

    `distance` is the root of the mean squared distance on the plane, null without points.
    """

    n: int
    same_quadrant: Share | None
    distance: float | None


class Picture(Reply):
    """What is known of a user.

    `labels` are the answers that stand, the newest first, at most 2,000. `personal` and
    `population` say where on the plane the model expects the tracks of the catalogue (of a long
    one a fixed sample) for this user and for everybody. `used` says whether the user's answers
    change what they are told.
    """

    user_id: str
    n_labels: int
    n_cant_tell: int
    labels: list[PlacedLabel]
    axis: list[_Axis]
    personal: Density
    population: Density
    difference: PictureDifference
    prequential: PrequentialHits
    consistency: OwnConsistency
    used: bool
    model: ModelVersion

    @classmethod
    def of(cls, shown: picture.Picture) -> "Picture":
        """Return a picture as it goes over the wire."""
        own = shown.consistency
        return cls(
            user_id=shown.user_id,
            n_labels=shown.n_labels,
            n_cant_tell=shown.n_cant_tell,
            labels=[PlacedLabel.of(placed) for placed in shown.labels],
            axis=CENTRES.tolist(),
            personal=Density.of(shown.comparison.personal),
            population=Density.of(shown.comparison.population),
            difference=PictureDifference.of(shown.comparison),
            prequential=PrequentialHits.of(shown.prequential),
            consistency=OwnConsistency(
                n=own.n, same_quadrant=_share(own.same_quadrant), distance=own.distance
            ),
            used=shown.is_used,
            model=ModelVersion(snapshot=shown.snapshot),
        )
