"""Query: which tracks to ask a user about next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from models.arrays import IntVector
from models.emotion import N_QUADRANTS, QUADRANTS
from models.errors import NoPlacementError
from models.personal import PersonalGaussian
from models.pool import member_proba
from models.query import Placement, Pool, Question, is_gaussian
from models.query import ask as choose
from models.query.features import side_by_side
from service.labels import effective, votes_on
from service.listeners import Listeners
from service.live_table import LiveTable
from service.live_votes import LiveVotes
from service.ports import Label, LabelLog, SketchedTracks, Sketches

DEFAULT = "mc"
"""The strategy under a committee personaliser, unless another is asked for."""
DEFAULT_GAUSSIAN = "newcomer"
"""The strategy under the Gaussian personaliser, unless another is asked for."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be asked, and whom.

    Attributes:
        n: At most this many tracks.
        strategy: A name in ``models.query.STRATEGIES``; None for the one that fits the
            personaliser.
        exclude: Ids of tracks that are not to be asked about.
    """

    user_id: str
    n: int
    strategy: str | None = None
    exclude: Collection[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """The catalogue, in the forms in which it can be asked about.

    Attributes:
        table: As the members see it; not touched by a strategy that does not ask them.
        sketches: As the Gaussian model sees it; not touched by a strategy that has no use for it.
        votes: On the sketches.
    """

    table: LiveTable
    sketches: Sketches
    votes: LiveVotes


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask a user about.

    Attributes:
        strategy: Which one chose.
        tracks: The most useful first, each once.
    """

    strategy: str
    tracks: list[Question]


def query(
    ask: Ask, *, stock: Stock, log: LabelLog, listeners: Listeners, rng: np.random.Generator
) -> Questions:
    """Return the tracks to ask the user about.

    Never one that the user has answered or that is excluded. What the user said does not count
    as what others said.

    Raises:
        UnknownStrategyError: There is no such strategy.
        NoPlacementError: The strategy goes by a Gaussian model, and the personaliser has none.
        EmptyPoolError: No track is left.
    """
    strategy = ask.strategy or default_strategy(listeners)
    if is_gaussian(strategy):
        pool = _sketched(ask, stock, log, listeners)
    else:
        pool = _whole(ask, stock.table, log, listeners)
    return Questions(strategy, choose(strategy, pool, ask.n, rng))


def default_strategy(listeners: Listeners) -> str:
    """Return the strategy that fits the personaliser."""
    is_placed = isinstance(listeners.personaliser.nobody, PersonalGaussian)
    return DEFAULT_GAUSSIAN if is_placed else DEFAULT


def _whole(ask: Ask, table: LiveTable, log: LabelLog, listeners: Listeners) -> Pool:
    """Return the pool with all that the members say and the tracks are like."""
    # Votes are read before the answers: what the user answers meanwhile is then not among them.
    # A user's own votes are on answered tracks only, and these are left out.
    votes = log.votes()
    tracks = table.current()
    listener = listeners.current(ask.user_id)
    labels = _said(ask.user_id, log)
    answered = {label.track_id for label in labels}
    places = _places_without(answered.union(ask.exclude), tracks.track_ids)
    track_ids = [tracks.track_ids[place] for place in places]
    features = cache(lambda: side_by_side(tracks, listeners.snapshot.committees))
    return Pool(
        track_ids,
        votes_on(track_ids, votes),
        lambda: member_proba(listeners.snapshot, tracks, listener.model)[:, places],
        ask_features=lambda: features()[places],
        ask_answered=lambda: features()[_places_of(answered, tracks.track_ids)],
        answered=_count(labels),
    )


def _sketched(ask: Ask, stock: Stock, log: LabelLog, listeners: Listeners) -> Pool:
    """Return the pool with nothing but what the listener's Gaussian model makes of it.

    Nothing is made that is as long as the catalogue but a few numbers a track.
    """
    model = listeners.current(ask.user_id).model
    if not isinstance(model, PersonalGaussian):
        raise NoPlacementError
    tracks = stock.sketches.current()
    others = stock.votes.on(tracks)  # before the answers, as above
    labels = _said(ask.user_id, log)
    answered = tracks.places([label.track_id for label in labels])
    is_open = tracks.is_shown.copy()
    for closed in (answered, tracks.places(ask.exclude)):
        is_open[closed[closed >= 0]] = False
    rows = np.flatnonzero(is_open)
    is_voted = is_open[others.places]
    voted = np.searchsorted(rows, others.places[is_voted])
    counts = others.counts[is_voted].astype(np.float64)
    votes = np.zeros((len(rows), N_QUADRANTS))
    votes[voted] = counts
    return Pool(
        _Ids(tracks, rows),
        votes,
        answered=_count(labels),
        ask_place=lambda: Placement(
            model, tracks.rows, rows, voted, counts, answered[answered >= 0]
        ),
    )


class _Ids(Sequence[str]):
    """Ids of rows, each read when it is asked for."""

    def __init__(self, tracks: SketchedTracks, rows: IntVector) -> None:
        self._tracks = tracks
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return self._tracks.track_ids(self._rows[place])
        (track_id,) = self._tracks.track_ids(self._rows[[place]])
        return track_id


def _places_without(closed: Collection[str], track_ids: Sequence[str]) -> list[int]:
    return [place for place, track_id in enumerate(track_ids) if track_id not in closed]


def _places_of(wanted: Collection[str], track_ids: Sequence[str]) -> list[int]:
    return [place for place, track_id in enumerate(track_ids) if track_id in wanted]


def _said(user_id: str, log: LabelLog) -> list[Label]:
    return [event.label for event in effective(log.events(user_id))]


def _count(labels: Sequence[Label]) -> NDArray[np.float64]:
    said = [label.quadrant for label in labels]
    return np.array([said.count(quadrant) for quadrant in QUADRANTS], dtype=np.float64)
