"""What every label log must do, and the cache of what is derived from it."""

from datetime import UTC, datetime, timedelta

import pytest

from models.emotion import Quadrant
from models.votes import vote_of
from service.db.personal_models import ModelKey
from service.db.track_feature_feed import TrackFeatureFeed
from service.errors import (
    CallConflictError,
    EventConflictError,
    TrackLabelledError,
    TrackNotFoundError,
    UserForgottenError,
)
from service.labels import AppendResult, DatedLabel, Label, call_of, effective
from service.tracks import Content, TrackMetadata
from service.votes import VotesMark, votes_of
from tests.fakes import calls, features, population_predictor, standing_votes

Q1, Q2, Q3, Q4 = Quadrant
LONG_AGO = datetime(2001, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _tracks(stores):
    stores.put("t", "u")


def exported(stores, user_id):
    return [
        DatedLabel(e.label, e.created_at, e.others, e.is_superseded)
        for e in stores.log.events(user_id)
    ]


def others(stores, user_id):
    return [event.others for event in stores.log.events(user_id)]


def test_an_answer_reads_as_it_was_given(stores):
    labels = [
        Label("e1", "t", Q3),
        Label.at_point("e2", "t", 0.25, -0.1),
        Label.retraction("e3", "t"),
        Label.undecided("e4", "t"),
        Label("e5", "t", Q1, None, None, False, "felt", 1, 5, "eps-mc", True, True),
        Label("e6", "t", Q1, emotion="perceived"),
        Label("e7", "t", None, cant_tell=True, is_repeat=True),
    ]
    stores.log.append("ana", labels)

    events = list(stores.log.events("ana"))

    assert [event.label for event in events] == labels
    assert {event.user_id for event in events} == {"ana"}
    assert [event.seq for event in events] == sorted(event.seq for event in events)
    assert all(event.created_at.tzinfo is not None for event in events)
    assert stores.log.last_seq("ana") == events[-1].seq


def test_a_repeated_event_is_recorded_once(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])

    again = stores.log.append(
        "ana", [Label("e1", "t", Q1), Label("e2", "t", Q2), Label("e2", "t", Q2)]
    )

    assert again == AppendResult(accepted=1, duplicates=2)
    assert len(list(stores.log.events("ana"))) == 2
    assert standing_votes(stores.log) == {"t": (0, 1, 0, 0)}


@pytest.mark.parametrize(
    "other",
    [
        Label("e1", "u", Q1),
        Label.at_point("e1", "t", 0.5, 0.5),
        Label.undecided("e1", "t"),
    ],
)
def test_an_event_id_stands_for_one_answer(stores, other):
    stores.log.append("ana", [Label("e1", "t", Q1)])

    with pytest.raises(EventConflictError, match="'e1'"):
        stores.log.append("ana", [Label("e2", "t", Q1), other])

    assert [event.label.event_id for event in stores.log.events("ana")] == ["e1"]


def test_an_event_id_stands_for_one_answer_within_a_call(stores):

    with pytest.raises(EventConflictError):
        stores.log.append("ana", [Label("e1", "t", Q1), Label("e1", "t", Q2)])

    assert stores.log.last_seq("ana") == 0


def test_an_answer_about_an_unknown_track_records_nothing(stores):

    with pytest.raises(TrackNotFoundError, match="'no'"):
        stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "no", Q1)])

    assert stores.log.last_seq("ana") == 0
    assert standing_votes(stores.log) == {}


@pytest.mark.parametrize("late", [Label("e2", "t", Q2), Label.undecided("e2", "t")])
def test_a_hidden_track_accepts_repetitions_and_retractions_only(stores, late):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    stores.catalogue.hide("t")

    assert stores.log.append("ana", [Label("e1", "t", Q1)]) == AppendResult(0, 1)
    with pytest.raises(TrackNotFoundError, match="'t'"):
        stores.log.append("ana", [late])
    assert stores.log.append("ana", [Label.retraction("e3", "t")]) == AppendResult(1, 0)


def test_votes_follow_corrections_and_retractions(stores):
    stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "t", Q3)])
    stores.log.append("bob", [Label("e1", "t", Q3)])
    assert standing_votes(stores.log) == {"t": (0, 0, 2, 0)}

    stores.log.append("ana", [Label.undecided("e3", "t"), Label.retraction("e4", "t")])
    assert standing_votes(stores.log) == {"t": (0, 0, 1, 0)}

    stores.log.append("ana", [Label("e5", "t", Q4)])
    assert standing_votes(stores.log) == {"t": (0, 0, 1, 1)}


def test_the_log_reads_up_to_an_event(stores):
    stores.log.append("ana", [Label(f"e{i}", "t", Q1) for i in range(5)])
    third = list(stores.log.events("ana"))[2]

    events = list(stores.log.events("ana", through=third.seq))

    assert [event.label.event_id for event in events] == ["e0", "e1", "e2"]


def test_a_long_log_reads_whole(stores):
    stores.log.append("bob", [Label("x", "t", Q1)])
    stores.log.append("ana", [Label(f"e{i}", "t", Q1) for i in range(1100)])

    ids = [event.label.event_id for event in stores.log.events("ana")]

    assert ids == [f"e{i}" for i in range(1100)]


def test_a_forgotten_user_leaves_nothing_and_others_stay(stores):
    stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "u", Q2)])
    stores.log.append("bob", [Label("e1", "t", Q1)])
    key = ModelKey("ana", "v1", "committee", stores.log.last_seq("ana"))
    stores.models.put(key, b"model")

    stores.log.forget("ana")

    assert list(stores.log.events("ana")) == []
    assert standing_votes(stores.log) == {"t": (1, 0, 0, 0)}
    assert stores.models.get(key) is None
    assert len(list(stores.log.events("bob"))) == 1


def test_a_place_in_the_log_is_never_given_twice(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    before = stores.log.last_seq("ana")
    stores.log.forget("ana")
    stores.log.readmit("ana")

    stores.log.append("ana", [Label("e1", "t", Q1)])

    assert stores.log.last_seq("ana") > before


def test_a_personal_model_is_found_under_exactly_its_key(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    key = ModelKey("ana", "v1", "committee", stores.log.last_seq("ana"))

    stores.models.put(key, b"model")

    others = (
        ModelKey("ana", "v2", "committee", key.label_seq),
        ModelKey("ana", "v1", "logistic", key.label_seq),
        ModelKey("ana", "v1", "committee", key.label_seq + 1),
        ModelKey("bob", "v1", "committee", key.label_seq),
    )
    assert [stores.models.get(each) for each in (key, *others)] == [b"model", *[None] * 4]


def test_a_newer_model_takes_the_place_of_the_older(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    older = ModelKey("ana", "v1", "committee", stores.log.last_seq("ana"))
    stores.models.put(older, b"older")
    stores.log.append("ana", [Label("e2", "t", Q2)])
    newer = ModelKey("ana", "v1", "committee", stores.log.last_seq("ana"))

    assert stores.models.put(newer, b"newer")

    assert stores.models.get(older) is None
    assert stores.models.get(newer) == b"newer"


@pytest.mark.parametrize(
    "meanwhile",
    [lambda log: log.append("ana", [Label("e2", "t", Q2)]), lambda log: log.forget("ana")],
    ids=["answered", "forgotten"],
)
def test_a_model_of_an_earlier_log_is_not_stored(stores, meanwhile):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    key = ModelKey("ana", "v1", "committee", stores.log.last_seq("ana"))
    meanwhile(stores.log)

    assert not stores.models.put(key, b"late")

    assert stores.models.get(key) is None


def test_votes_that_changed_are_told_once(stores):
    first = stores.log.votes_since(VotesMark())
    assert first.counts == {}
    stores.log.append("ana", [Label("e1", "t", Q1)])
    stores.log.append("bob", [Label("e1", "u", Q2)])

    second = stores.log.votes_since(first.mark)
    assert second.counts == {"t": (1, 0, 0, 0), "u": (0, 1, 0, 0)}
    assert stores.log.votes_since(second.mark).counts == {}
    stores.log.append("ana", [Label("e1", "t", Q1)])
    assert stores.log.votes_since(second.mark).counts == {}

    stores.log.append("ana", [Label("e2", "t", Q3)])
    stores.log.forget("bob")
    third = stores.log.votes_since(second.mark)
    assert third.counts == {"t": (0, 0, 1, 0), "u": (0, 0, 0, 0)}
    assert third.mark.after > second.mark.after
    assert stores.log.votes_since(VotesMark()).counts == third.counts


def test_votes_outlive_a_track_that_is_put_again(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])

    stores.put("t")

    assert stores.log.votes_since(VotesMark()).counts == {"t": (1, 0, 0, 0)}


def test_votes_on_some_tracks_can_be_asked_for(stores):
    stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "u", Q2)])
    stores.log.append("ana", [Label.retraction("e3", "u")])

    assert stores.log.votes_on(["t", "u", "v", "never"]) == {"t": (1, 0, 0, 0)}
    assert stores.log.votes_on([]) == {}


def test_a_repeated_call_gets_its_first_reply_whatever_was_said_meanwhile(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    labels = [Label("e1", "t", Q1), Label("e2", "t", Q2)]
    first = stores.log.append("ana", labels, call_of("k", labels))
    stores.log.append("ana", [Label("e3", "t", Q3)])
    stores.catalogue.hide("t")

    again = stores.log.append("ana", labels, call_of("k", labels))

    assert (first.accepted, first.duplicates, first.is_repetition) == (1, 1, False)
    assert (again.accepted, again.duplicates, again.is_repetition) == (1, 1, True)
    assert [event.label.event_id for event in stores.log.events("ana")] == ["e1", "e2", "e3"]
    assert standing_votes(stores.log) == {"t": (0, 0, 1, 0)}


def test_a_call_s_key_stands_for_one_body(stores):
    labels, others = [Label("e1", "t", Q1)], [Label("e2", "t", Q2)]
    stores.log.append("ana", labels, call_of("k", labels))

    with pytest.raises(CallConflictError, match="'k'"):
        stores.log.append("ana", others, call_of("k", others))

    assert [event.label.event_id for event in stores.log.events("ana")] == ["e1"]


def test_a_call_that_was_refused_leaves_its_key_free(stores):
    refused, fine = [Label("e1", "no", Q1)], [Label("e1", "t", Q1)]
    with pytest.raises(TrackNotFoundError):
        stores.log.append("ana", refused, call_of("k", refused))

    assert stores.log.append("ana", fine, call_of("k", fine)) == AppendResult(1, 0)


def test_users_choose_event_ids_and_keys_without_regard_to_each_other(stores):
    hers, his = [Label("e1", "t", Q1)], [Label("e1", "t", Q2)]
    stores.log.append("ana", hers, call_of("k", hers))

    assert stores.log.append("bob", his, call_of("k", his)) == AppendResult(1, 0)
    assert standing_votes(stores.log) == {"t": (1, 1, 0, 0)}


def test_what_is_restored_keeps_its_order_its_moments_and_its_calls(stores):
    stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "u", Q2)])
    point = Label.at_point("e3", "t", -0.125, 1 / 3)
    stores.log.append("ana", [point])
    stores.log.append("ana", [Label.retraction("e4", "u"), Label("e5", "u", Q4)])

    restored = stores.log.restore("bob", exported(stores, "ana"))

    assert restored == AppendResult(5, 0)
    assert exported(stores, "bob") == exported(stores, "ana")
    reply = [[event.label.event_id for event in call] for call in calls(list_of(stores, "bob"))]
    assert reply == [["e1", "e2"], ["e3"], ["e4", "e5"]]
    assert standing_votes(stores.log) == {"t": tuple(2 * votes_of([point])[0]), "u": (0, 0, 0, 2)}


def list_of(stores, user_id):
    return list(stores.log.events(user_id))


@pytest.mark.parametrize(
    "older", [Label("e0", "t", Q3), Label.undecided("e0", "t"), Label.retraction("e0", "t")]
)
def test_an_older_label_that_is_restored_comes_last_and_never_replaces_a_newer_one(stores, older):
    stores.log.append("ana", [Label("e1", "t", Q1)])

    reply = stores.log.restore("ana", [DatedLabel(older, LONG_AGO)])

    assert (reply.accepted, reply.n_superseded) == (1, 1)
    assert [event.label.event_id for event in stores.log.events("ana")] == ["e1", "e0"]
    assert list_of(stores, "ana")[1].created_at == LONG_AGO
    assert effective(stores.log.events("ana")) == list_of(stores, "ana")[:1]
    assert standing_votes(stores.log) == {"t": (1, 0, 0, 0)}
    assert stores.log.votes_of_others("ana", ["t"]) == {"t": (0, 0, 0, 0)}


def test_an_older_label_replaces_a_newer_one_where_that_is_wanted(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    older = DatedLabel(Label("e0", "t", Q3), LONG_AGO)

    assert stores.log.restore("ana", [older], may_replace=True) == AppendResult(1, 0)

    assert standing_votes(stores.log) == {"t": (0, 0, 1, 0)}


def test_a_label_that_was_kept_as_older_replaces_when_it_is_restored_again_to_replace(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    older = DatedLabel(Label("e0", "t", Q3), LONG_AGO)
    stores.log.restore("ana", [older, older])

    again = [stores.log.restore("ana", [older], may_replace=each) for each in (False, True, True)]

    assert again == [AppendResult(0, 1), AppendResult(1, 0), AppendResult(0, 1)]
    assert [event.label for event in stores.log.events("ana")] == [
        Label("e1", "t", Q1),
        older.label,
    ]
    assert standing_votes(stores.log) == {"t": (0, 0, 1, 0)}
    with pytest.raises(EventConflictError):
        stores.log.restore("ana", [DatedLabel(Label("e0", "t", Q4), LONG_AGO)], may_replace=True)


def test_a_line_that_says_it_was_superseded_stays_so(stores):
    stores.log.append("ana", [Label("e1", "t", Q1)])
    older = DatedLabel(Label("e0", "t", Q3), LONG_AGO, is_superseded=True)
    stores.log.restore("ana", [older])

    assert stores.log.restore("ana", [older], may_replace=True) == AppendResult(0, 1)
    assert standing_votes(stores.log) == {"t": (1, 0, 0, 0)}


def test_the_newest_label_counts_in_whatever_order_labels_are_restored(stores):
    first, second, third = (
        DatedLabel(Label(f"e{day}", "t", quadrant), LONG_AGO + timedelta(days=day))
        for day, quadrant in enumerate((Q1, Q2, Q3))
    )

    replies = [stores.log.restore("ana", part) for part in ([second], [third, first])]
    stores.log.append("ana", [Label("now", "u", Q4)])
    stores.log.append("ana", [Label.retraction("gone", "u")])
    late = stores.log.restore("ana", [DatedLabel(Label("then", "u", Q1), LONG_AGO)])

    assert [reply.n_superseded for reply in (*replies, late)] == [0, 1, 1]
    assert standing_votes(stores.log) == {"t": (0, 0, 1, 0)}


def test_an_answer_always_replaces_what_was_restored_even_if_a_clock_was_ahead(stores):
    ahead = datetime(2030, 1, 1, tzinfo=UTC)
    stores.log.restore("ana", [DatedLabel(Label("e1", "t", Q1), ahead)])

    stores.log.append("ana", [Label("e2", "t", Q2)])

    assert standing_votes(stores.log) == {"t": (0, 1, 0, 0)}


def test_what_is_restored_again_in_larger_parts_is_recorded_once(stores):
    dated = [
        DatedLabel(Label(f"e{i}", "t", Q1), LONG_AGO + timedelta(microseconds=i // 2))
        for i in range(10)
    ]
    stores.log.restore("ana", dated[:5])

    assert stores.log.restore("ana", dated) == AppendResult(5, 5)
    assert exported(stores, "ana") == dated
    assert [len(call) for call in calls(list_of(stores, "ana"))] == [2] * 5


def test_labels_of_deleted_and_unknown_tracks_are_restored_and_these_tracks_are_named(stores):
    stores.catalogue.hide("u")
    said = [("t", "e1"), ("no", "e2"), ("u", "e3"), ("nor", "e4"), ("no", "e5")]
    dated = [DatedLabel(Label(event_id, track_id, Q1), LONG_AGO) for track_id, event_id in said]

    reply = stores.log.restore("ana", dated)

    assert (reply.accepted, reply.unregistered) == (5, ["no", "nor", "u"])
    assert exported(stores, "ana") == dated
    assert standing_votes(stores.log) == dict.fromkeys(("t", "no", "nor", "u"), (1, 0, 0, 0))


def test_a_track_that_only_a_log_names_is_not_there_until_it_is_registered(stores, database):
    before = stores.catalogue.revision()
    stores.log.restore("ana", [DatedLabel(Label("e1", "new", Q1), LONG_AGO)])

    assert [record.track_id for record in stores.catalogue.page("", 9)] == ["t", "u"]
    _, changes = TrackFeatureFeed(database, population_predictor()).since(before)
    assert (changes.track_ids, changes.removed) == ([], ["new"])
    assert stores.catalogue.learnt_from(["new"]) == stores.catalogue.summaries(["new"]) == {}
    with pytest.raises(TrackNotFoundError):
        stores.catalogue.get("new")
    with pytest.raises(TrackNotFoundError):
        stores.log.append("bob", [Label("e1", "new", Q1)])

    change = stores.catalogue.put("new", features(), Content("b" * 64, None), TrackMetadata())
    assert change.is_new
    assert stores.catalogue.get("new").track is not None
    stores.log.append("bob", [Label("e1", "new", Q2)])
    assert standing_votes(stores.log) == {"new": (1, 1, 0, 0)}
    with pytest.raises(TrackLabelledError):
        stores.catalogue.put("new", features(), Content("c" * 64, None), TrackMetadata())


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # PostgreSQL's bound is twice as high
def test_more_is_restored_at_once_than_a_statement_may_name(stores):
    stores.put(*(f"t{i}" for i in range(3)))
    dated = [DatedLabel(Label(f"e{i}", f"t{i % 3}", Q1), LONG_AGO) for i in range(33_000)]

    assert stores.log.restore("ana", dated).accepted == len(dated)
    assert standing_votes(stores.log) == {f"t{i}": (1, 0, 0, 0) for i in range(3)}


def test_nothing_is_recorded_of_a_forgotten_user(stores):
    labels = [Label("e1", "t", Q1)]
    stores.log.append("ana", labels, call_of("k", labels))
    stores.log.forget("ana")

    for late in (labels, [Label("e2", "t", Q2)]):
        for call in (None, call_of("k", late)):
            with pytest.raises(UserForgottenError, match="'ana'"):
                stores.log.append("ana", late, call)
        with pytest.raises(UserForgottenError):
            stores.log.restore("ana", [DatedLabel(late[0], LONG_AGO)])

    assert (stores.log.last_seq("ana"), standing_votes(stores.log)) == (0, {})
    assert stores.log.append("bob", labels) == AppendResult(1, 0)


def test_somebody_unknown_can_be_forgotten_in_advance_and_more_than_once(stores):
    for _ in range(2):
        stores.log.forget("ana")

    with pytest.raises(UserForgottenError):
        stores.log.append("ana", [Label("e1", "t", Q1)])


def test_who_is_readmitted_begins_from_nothing(stores):
    labels, others = [Label("e1", "t", Q1)], [Label("e1", "t", Q2)]
    stores.log.append("ana", labels, call_of("k", labels))
    stores.log.forget("ana")

    for user_id in ("ana", "ana", "never-forgotten"):
        stores.log.readmit(user_id)

    assert stores.log.append("ana", others, call_of("k", others)) == AppendResult(1, 0)
    assert exported(stores, "ana")[0].label == others[0]


def test_of_a_forgotten_user_no_place_in_the_log_is_left(stores):
    for user_id in ("ana", "bob"):
        stores.log.append(user_id, [Label("e1", "t", Q1)])
    hers, his = stores.log.last_seq("ana"), stores.log.last_seq("bob")

    stores.log.forget("ana")

    assert stores.log.existing_seqs([hers, his, his + 1]) == {his}
    assert stores.log.existing_seqs([]) == set()


def test_a_call_tells_the_place_of_its_last_event(stores):
    reply = stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "t", Q2)])
    again = stores.log.append("ana", [Label("e1", "t", Q1)])

    assert reply.last_seq == stores.log.last_seq("ana")
    assert again.last_seq is None


NEAR = Label.at_point("near", "t", 0.1, 0.2)
"""A point of which a good part is in other quadrants than its own."""
MIDDLE = Label.at_point("middle", "t", 0.0, 0.0)


def test_a_point_counts_softly_and_as_one_answer(stores):
    stores.log.append("ana", [NEAR])
    stores.log.append("bob", [MIDDLE])

    votes = standing_votes(stores.log)["t"]

    assert votes == tuple((vote_of(Q1, (0.1, 0.2)) + 0.25).tolist())
    assert sum(votes) == 2
    assert stores.log.votes_of_others("ana", ["t"]) == {"t": (0.25, 0.25, 0.25, 0.25)}
    assert stores.log.votes_on(["t"]) == stores.log.votes_since(VotesMark()).counts == {"t": votes}


def test_soft_votes_that_are_corrected_and_withdrawn_leave_exactly_nothing(stores):
    for number in range(20):
        point = (number * 0.37 % 2 - 1, number * 0.73 % 2 - 1)
        stores.log.append("ana", [Label.at_point(f"e{number}", "t", *point)])
        stores.log.append(f"user{number}", [Label.at_point("e", "t", *point[::-1])])
    assert sum(stores.log.votes_since(VotesMark()).counts["t"]) == 21

    stores.log.append("ana", [Label.retraction("r", "t")])
    for number in range(20):
        stores.log.forget(f"user{number}")

    assert standing_votes(stores.log) == {}
    assert stores.log.votes_since(VotesMark()).counts == {"t": (0, 0, 0, 0)}


def test_an_answer_is_recorded_with_the_votes_of_others_at_that_moment(stores):
    stores.log.append("bob", [Label("e1", "t", Q2), Label("e2", "u", Q4)])
    stores.log.append("cleo", [MIDDLE])
    stores.log.append("ana", [Label("e1", "t", Q1), Label("e2", "u", Q3)])
    stores.log.append("bob", [Label("e3", "t", Q3)])

    assert others(stores, "ana") == [(0.25, 1.25, 0.25, 0.25), (0, 0, 0, 1)]
    assert others(stores, "bob") == [None, None, (1.25, 0.25, 0.25, 0.25)]
    assert others(stores, "cleo") == [(0, 1, 0, 0)]


def test_what_is_no_answer_is_recorded_without_votes(stores):
    stores.log.append("bob", [Label("e1", "t", Q2)])

    stores.log.append("ana", [Label.undecided("e1", "t"), Label.retraction("e2", "t")])
    stores.log.restore(
        "cleo", [DatedLabel(Label.undecided("e1", "t"), LONG_AGO, (1.0, 0.0, 0.0, 0.0))]
    )

    assert others(stores, "ana") == [None, None]
    assert others(stores, "cleo") == [None]


def test_an_answer_that_is_sent_again_keeps_the_votes_of_the_first_time(stores):
    labels = [Label("e1", "t", Q1)]
    stores.log.append("ana", labels, call_of("k", labels))
    stores.log.append("bob", [Label("e1", "t", Q2)])

    again = [stores.log.append("ana", labels, call) for call in (call_of("k", labels), None)]
    restored = stores.log.restore("ana", [DatedLabel(labels[0], LONG_AGO, (7.0, 0.0, 0.0, 0.0))])

    assert again == [AppendResult(1, 0, is_repetition=True), AppendResult(0, 1)]
    assert restored == AppendResult(0, 1)
    assert others(stores, "ana") == [None]


def test_what_is_restored_keeps_the_votes_that_it_brings_and_takes_none_from_here(stores):
    stores.log.append("bob", [Label("e1", "t", Q2), Label("e2", "u", Q2)])
    brought = (0.5, 0.0, 0.0, 2.0009765625)
    reply = [
        DatedLabel(Label("e1", "t", Q1), LONG_AGO, brought),
        DatedLabel(Label("e2", "u", Q1), LONG_AGO),
        DatedLabel(Label("e3", "u", Q3), LONG_AGO, (0.0, 0.0, 0.0, 0.0)),
    ]

    stores.log.restore("ana", reply)

    assert others(stores, "ana") == [brought, None, None]
