"""Query: which tracks to ask a user about next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.arrays import Votes
from models.emotion import N_QUADRANTS, QUADRANTS
from models.pool import member_proba
from models.query import Pool, Question
from models.query import ask as choose
from models.query.features import side_by_side
from service.labels import effective
from service.listeners import Listeners
from service.live_table import LiveTable
from service.ports import Label, LabelLog, QuadrantCounts


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be asked, and whom.

    Attributes:
        n: At most this many tracks.
        strategy: A name in ``models.query.STRATEGIES``.
        exclude: Ids of tracks that are not to be asked about.
    """

    user_id: str
    n: int
    strategy: str = "mc"
    exclude: Collection[str] = ()


def query(
    ask: Ask,
    *,
    table: LiveTable,
    log: LabelLog,
    listeners: Listeners,
    rng: np.random.Generator,
) -> list[Question]:
    """Return the tracks to ask the user about, the most useful first, each once.

    Never one that the user has answered or that is excluded. What the user said does not count
    as what others said.

    Raises:
        UnknownStrategyError: There is no such strategy.
        EmptyPoolError: No track is left.
    """
    # Votes are read before the answers: what the user answers meanwhile is then not among them.
    # A user's own votes are on answered tracks only, and these are left out.
    votes = log.votes()
    tracks = table.current()
    listener = listeners.current(ask.user_id)
    labels = [event.label for event in effective(log.events(ask.user_id))]
    answered = {label.track_id for label in labels}
    places = _places_without(answered.union(ask.exclude), tracks.track_ids)
    track_ids = [tracks.track_ids[place] for place in places]
    features = cache(lambda: side_by_side(tracks, listeners.snapshot.committees))
    pool = Pool(
        track_ids,
        _votes_for(track_ids, votes),
        lambda: member_proba(listeners.snapshot, tracks, listener.model)[:, places],
        ask_features=lambda: features()[places],
        ask_answered=lambda: features()[_places_of(answered, tracks.track_ids)],
        answered=_count(labels),
    )
    return choose(ask.strategy, pool, ask.n, rng)


def _places_without(closed: Collection[str], track_ids: Sequence[str]) -> list[int]:
    return [place for place, track_id in enumerate(track_ids) if track_id not in closed]


def _places_of(wanted: Collection[str], track_ids: Sequence[str]) -> list[int]:
    return [place for place, track_id in enumerate(track_ids) if track_id in wanted]


def _count(labels: Sequence[Label]) -> NDArray[np.float64]:
    said = [label.quadrant for label in labels]
    return np.array([said.count(quadrant) for quadrant in QUADRANTS], dtype=np.float64)


def _votes_for(track_ids: Sequence[str], votes: Mapping[str, QuadrantCounts]) -> Votes:
    none = (0,) * N_QUADRANTS
    counts = [votes.get(track_id, none) for track_id in track_ids]
    return np.array(counts, dtype=np.float64).reshape(-1, N_QUADRANTS)
