"""Another personaliser over the same database: the paper's committees, from the same answers."""

import sys

import pytest
from attune_client import AttuneClient, Conflict, Refused

from tests.journey.opposite_listeners import (
    PATIENT,
    TASTES,
    centred_log,
    felt,
    log_odds_of,
    mean_proba,
)
from tests.journey.servers import Served, environment, free_port

pytestmark = [pytest.mark.journey, pytest.mark.slow]

RISE = 0.02  # of a probability


@pytest.fixture(scope="module", name="committee")
def _committee(bento, server, after, tmp_path_factory):
    """A client of the same Bento, told to teach committees; it knows all that was answered."""
    del after  # comes first
    folder, port = tmp_path_factory.mktemp("committee"), free_port()
    message = {name: server.environ[name] for name in ("BENTOML_HOME", "ATTUNE_DATABASE_URL")}
    environ = environment(folder, **message, ATTUNE_PERSONALISER="committee")
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "bentoml", "serve", bento.tag, *address]
    served = Served(command, folder, environ, port)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        try:
            served.start()
            served.until_ready()
            with AttuneClient(served.url, retry=PATIENT) as client:
                yield client
        finally:
            served.kill()


@pytest.fixture(scope="module", name="shared")
def _shared(committee, track_ids):
    """What tracks feel like to nobody in particular."""
    return felt(committee, track_ids)


@pytest.mark.parametrize("user", TASTES)
def test_predictions_move_towards_the_listeners_answers(
    committee, shared, track_ids, answers, user
):
    message, said = felt(committee, track_ids, user), answers[user]

    for quadrants in (said.standing, said.held_out):
        assert mean_proba(message, quadrants) - mean_proba(shared, quadrants) > RISE


@pytest.mark.parametrize("user", TASTES)
def test_what_a_committee_was_taught_counts_as_taste_and_has_no_set(committee, track_ids, user):
    for message in felt(committee, track_ids, user).values():
        why = message.why
        assert message.personal.used
        assert message.set is None
        assert why.others.share == why.level.share == 0.0
        assert why.taste.share > 0
        added = log_odds_of([why.population, why.taste])
        assert added == pytest.approx(centred_log(message.probabilities), abs=1e-5)


def test_what_needs_the_logistic_model_is_refused(committee):
    with pytest.raises(Conflict) as no_ranking:
        committee.rank("mia", quadrant="Q3")
    with pytest.raises(Refused) as no_strategy:
        committee.query("mia", strategy="taste")

    assert no_ranking.value.code == "ranking_unavailable"
    assert no_strategy.value.code == "needs_gaussian"
    assert committee.query("mia", n=1).strategy == "mc"


def test_meanwhile_the_other_service_forgot_nothing(attune, track_ids, after, committee):
    del committee  # comes first

    assert felt(attune, track_ids, "mia") == after["mia"]
