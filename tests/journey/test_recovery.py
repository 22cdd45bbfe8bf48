"""A service dies, politely and otherwise, and knows what it knew; and it forgets when told to."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle, islice

import pytest
from attune_client import AttuneClient, AttuneError, Label, NotFound, RetryPolicy

from tests.journey.opposite_listeners import (
    PATIENT,
    QUADRANTS,
    TASTES,
    everybodys,
    felt,
    nameless,
    only,
)
from tests.journey.servers import wait_for

pytestmark = [pytest.mark.journey, pytest.mark.slow]

SETTLED = ("ben", "zoe", *TASTES)
N_BEFORE_THE_END = 20
N_OF_ZOE = 7
N_TALKED_OF = 12
"""Tracks that are labelled while the service dies; what is said of the others stays the same."""
ONCE = RetryPolicy(attempts=1)


@pytest.fixture(scope="module", name="zoe")
def _zoe(attune, track_ids, after):
    """A listener who will ask to be forgotten."""
    del after  # comes first
    attune.update("zoe", [Label.quadrant(track_id, "Q3") for track_id in track_ids[-N_OF_ZOE:]])
    return "zoe"


@pytest.fixture(scope="module", name="quiet")
def _quiet(track_ids):
    """The ids of tracks that nobody talks of while the service dies."""
    return track_ids[N_TALKED_OF:]


@pytest.fixture(scope="module", name="known")
def _known(attune, track_ids, zoe):
    """What everybody feels before the service ends for the first time."""
    assert zoe in SETTLED
    return everybodys(attune, track_ids, *SETTLED)


@pytest.fixture(scope="module", name="ended")
def _ended(server, known):
    """The exit status and the survivors of a service that was asked to end, and began anew."""
    del known  # comes first
    ended = server.stop(), server.survivors()
    server.start()
    server.until_ready()
    return ended


@pytest.fixture(scope="module", name="outcome")
def _told(server, ended, track_ids):
    """The answers that were acknowledged before every process was killed, in the midst of more.

    All personal models and the sketches of the catalogue are deleted before it begins anew: the
    log and the tracks are all there is.
    """
    del ended  # comes first
    outcome = []
    labels = some_labels(track_ids, 10_000)
    with ThreadPoolExecutor(1) as pool:
        telling = pool.submit(tell, server.url, "dora", labels, outcome, ONCE)
        wait_for(lambda: len(outcome) >= N_BEFORE_THE_END)
        server.kill()
        telling.result()
    models = server.ask_database("SELECT DISTINCT user_id FROM personal_model")
    assert {*SETTLED, "dora"} <= {user for (user,) in models}
    server.ask_database("DELETE FROM personal_model")
    shutil.rmtree(server.folder / "sketches")
    server.start()
    server.until_ready()
    return outcome


def test_a_worker_that_is_killed_takes_no_answer_along(server, attune, track_ids):
    outcome, labels = [], some_labels(track_ids, 3 * N_BEFORE_THE_END)
    with ThreadPoolExecutor(1) as pool:
        telling = pool.submit(tell, server.url, "emil", labels, outcome, PATIENT)
        wait_for(lambda: len(outcome) >= N_BEFORE_THE_END)

        server.workers()[0].kill()
        telling.result()

    assert outcome == labels
    assert [event.event_id for event in attune.user_labels("emil")] == ids_of(labels)


def test_a_service_that_is_asked_to_end_ends_well(ended):
    assert ended == (0, [])


def test_after_a_restart_everybody_feels_exactly_as_before(attune, track_ids, ended, known):
    del ended  # comes first

    assert everybodys(attune, track_ids, *SETTLED) == known


def test_after_a_crash_no_acknowledged_answer_is_missing(attune, outcome):
    logged = [event.event_id for event in attune.user_labels("dora")]

    assert logged[: len(outcome)] == ids_of(outcome)
    assert len(logged) <= len(outcome) + 1  # one was recorded, and its reply lost


def test_after_a_crash_acknowledged_answers_are_duplicates(attune, outcome):
    again = attune.update("dora", outcome)

    assert (again.accepted, again.duplicates) == (0, len(outcome))


def test_the_log_alone_gives_everybody_the_same_model_again(
    attune, track_ids, quiet, outcome, known
):
    del outcome  # comes first

    felt_now = everybodys(attune, track_ids, *SETTLED)

    assert only(felt_now, quiet) == only(known, quiet)
    assert own_parts(felt_now) == own_parts(known)
    for user in (None, "ben"):
        moved = {i for i in track_ids if felt_now[user][i] != known[user][i]}
        assert moved == set(track_ids) - set(quiet)


def test_a_crash_leaves_the_model_that_an_undisturbed_user_has(attune, track_ids, outcome):
    del outcome  # comes first
    attune.update("dora", some_labels(track_ids, N_TALKED_OF, of_one_mind=True))
    # With the log come the votes beside which each answer was given: a model depends on them.
    attune.import_labels("twin", attune.export_labels("dora"))

    dora, twin = (felt(attune, track_ids, user) for user in ("dora", "twin"))

    assert {p.personal.used for p in dora.values()} == {True}
    assert nameless(dora) == nameless(twin)


def test_reading_writes_nothing(server, attune, track_ids, outcome):
    del outcome  # comes first
    counted = server.ask_database(COUNT)

    everybodys(attune, track_ids, *SETTLED)
    attune.query("noor", n=3, strategy="mix")
    attune.query("noor", n=3)
    attune.rank("noor", quadrant="Q3")
    attune.predict(lyrics="Nothing to remember", user_id="mia")

    assert server.ask_database(COUNT) == counted


def test_a_forgotten_listener_is_a_newcomer_and_leaves_no_trace_in_anybody(
    server, attune, track_ids, outcome, after
):
    del outcome  # comes first
    zoes = track_ids[-N_OF_ZOE:]
    [(n_votes,)] = server.ask_database(VOTES)
    with_zoe = felt(attune, track_ids, "ben")

    attune.forget("zoe")
    attune.forget("zoe")

    assert nameless(felt(attune, track_ids, "zoe")) == nameless(felt(attune, track_ids, "new"))
    without_zoe = everybodys(attune, track_ids, "ben", *TASTES)
    assert {i for i in track_ids if without_zoe["ben"][i] != with_zoe[i]} == set(zoes)
    assert only(without_zoe, zoes) == only(after, zoes)
    with pytest.raises(NotFound):
        attune.user("zoe")
    assert server.ask_database(VOTES) == [(n_votes - N_OF_ZOE,)]
    for table in ("label_event", "personal_model"):
        assert not server.ask_database(f"SELECT 1 FROM {table} WHERE user_id = 'zoe'")  # noqa: S608


VOTES = "SELECT sum(q1 + q2 + q3 + q4) FROM track_votes"
COUNT = """
SELECT (SELECT count(*) FROM label_event), (SELECT count(*) FROM personal_model),
       (SELECT count(*) FROM track), (SELECT revision FROM catalogue)
"""


def some_labels(track_ids, n, *, of_one_mind=False):
    """Return labels that go through the tracks that are talked of; each time they differ."""
    said = ["Q3"] if of_one_mind else [*QUADRANTS, "Q1"]
    pairs = zip(cycle(track_ids[:N_TALKED_OF]), cycle(said), strict=False)
    return [Label.quadrant(track_id, quadrant) for track_id, quadrant in islice(pairs, n)]


def tell(url, user, labels, outcome, retry):
    """Send labels one by one, and note those that were acknowledged, until nobody answers."""
    with suppress(AttuneError), AttuneClient(url, retry=retry) as attune:
        for label in labels:
            attune.update(user, [label])
            outcome.append(label)


def ids_of(labels):
    return [label.event_id for label in labels]


def own_parts(everybody):
    """Return what users owe to their own answers: it follows from these alone."""
    return {
        (user, track_id): (
            p.why.level.log_odds,
            p.why.taste.log_odds,
            p.personal,
        )
        for user, predictions in everybody.items()
        for track_id, p in predictions.items()
    }
