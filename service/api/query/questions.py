"""Query: which tracks to ask a user about next."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from models.errors import EmptyPoolError
from models.personal import PersonalLogistic
from models.query import Pool, Question, is_light, is_personal
from models.query import ask as choose
from service.api.query.pools import PoolSources, QueryPool, committee_pool, logistic_pool
from service.api.query.repeats import drawn, due, filled
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.serving.personal_models import Listeners

DEFAULT = "mc"
"""The strategy under a committee personaliser, unless another is asked for."""
DEFAULT_LOGISTIC = "diverse"
"""The strategy under the logistic personaliser, unless another is asked for: none was found better
than drawing at random, and of those that spread their questions it costs least."""
_TIMES_MORE = 8
_MORE = 32


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What is to be asked, and whom.

    Attributes:
        n: At most this many tracks.
        strategy: A name in ``models.query.STRATEGIES``; None for the one that fits the
            personaliser.
        exclude: Ids of tracks that are not to be asked about.
        repeat_share: Probability with which each place goes to a track that the user answered
            long enough ago, where there is one.
        playable_only: Only tracks that can be heard.
    """

    user_id: str
    n: int
    strategy: str | None = None
    exclude: Collection[str] = ()
    repeat_share: float = 0.0
    playable_only: bool = False


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask a user about.

    Attributes:
        strategy: Which one chose.
        tracks: The most useful first, each once; repeats anywhere among them.
        snapshot: Version of the shared models.
    """

    strategy: str
    tracks: list[Question]
    snapshot: str


def query(
    ask: QueryRequest,
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: Listeners,
    rng: np.random.Generator,
) -> Questions:
    """Return the tracks to ask the user about.

    Never one that is excluded, and none that the user has answered, or cannot tell, but for
    repeats. What the user said does not count as what others said.

    Whether tracks can be heard is read of those that the strategy chose. If too few can, it is
    asked for more; and then it is read of every open track, which takes longer the more there are.

    Raises:
        UnknownStrategyError: There is no such strategy.
        NoPlacementError: The strategy goes by a logistic model, and the personaliser has none.
        EmptyPoolError: No track is left, or none that can be heard.
    """
    strategy = ask.strategy or default_strategy(listeners)
    has_models = _has_logistic_models(listeners)
    view = (
        logistic_pool
        if is_personal(strategy) or (has_models and is_light(strategy))
        else committee_pool
    )
    look = partial(view, ask.user_id, sources=sources, log=log, listeners=listeners)
    query_pool = look(ask.exclude)
    places = drawn(ask.n, ask.repeat_share, _repeatable(ask, query_pool, listeners.catalogue), rng)
    n_left = sum(place.repeat is None for place in places)
    select = partial(choose, strategy, rng=rng)
    if ask.playable_only:
        source = _Source(query_pool, look, select, listeners.catalogue)
        asked = source.playable_questions(n_left, ask.exclude)
    else:
        asked = select(query_pool.pool, n_left)
    return Questions(strategy, list(filled(places, asked)), listeners.snapshot.version)


def default_strategy(listeners: Listeners) -> str:
    """Return the strategy that fits the personaliser."""
    return DEFAULT_LOGISTIC if _has_logistic_models(listeners) else DEFAULT


def _has_logistic_models(listeners: Listeners) -> bool:
    return isinstance(listeners.personaliser.population_model, PersonalLogistic)


def _repeatable(ask: QueryRequest, query_pool: QueryPool, catalogue: Catalogue) -> list[str]:
    """Return the tracks that may be asked about again."""
    if not ask.repeat_share:
        return []
    found = query_pool.shown(
        [each for each in due(query_pool.last_labels) if each not in ask.exclude]
    )
    if not ask.playable_only:
        return found
    playable_questions = catalogue.playable(found)
    return [track_id for track_id in found if track_id in playable_questions]


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """Gives questions about tracks that can be heard."""

    query_pool: QueryPool
    look: Callable[[Collection[str]], QueryPool]
    select: Callable[[Pool, int], list[Question]]
    catalogue: Catalogue

    def playable_questions(self, n: int, exclude: Collection[str]) -> list[Question]:
        """Return at most so many of them.

        Raises:
            EmptyPoolError: No open track can be heard.
        """
        pool = self.query_pool.pool
        # What a strategy chooses may depend on how much it is asked for, so that comes first.
        found = self._among(self.select(pool, n))
        if len(found) < min(n, pool.n_tracks):
            found = self._among(self.select(pool, _TIMES_MORE * n + _MORE))[:n]
        if len(found) < min(n, pool.n_tracks):
            found = self._among_all(n, exclude)
        # How many of the tracks that were not chosen can be heard, and so the odds, is not known.
        return [replace(question, propensity=None) for question in found]

    def _among(self, asked: list[Question]) -> list[Question]:
        playable_questions = self.catalogue.playable([question.track_id for question in asked])
        return [question for question in asked if question.track_id in playable_questions]

    def _among_all(self, n: int, exclude: Collection[str]) -> list[Question]:
        track_ids = self.query_pool.pool.track_ids[:]
        unheard = set(track_ids) - self.catalogue.playable(track_ids)
        try:
            left = self.look(unheard.union(exclude))
        except EmptyPoolError as error:
            message = (
                f"There is no track left to ask about that can be heard; `playable` leaves out "
                f"{len(track_ids)} whose audio is neither kept here nor found at an `audio_url`."
            )
            raise EmptyPoolError(message) from error
        return self.select(left.pool, n)
