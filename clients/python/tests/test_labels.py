"""Labels know their event before they are sent."""

import pytest

from attune_client import Circumstances, Label, Quadrant


def test_a_label_without_an_event_id_draws_one_of_its_own():
    one, other = Label.quadrant("t1", "Q1"), Label.quadrant("t1", "Q1")

    assert one.event_id != other.event_id
    assert one.body() == one.body()


def test_each_kind_of_label_says_only_what_it_is():
    labels = [
        Label.quadrant("t1", Quadrant.Q3, event_id="e1"),
        Label.point("t1", valence=0.5, arousal=-1.0, event_id="e2"),
        Label.retract("t1", event_id="e3"),
        Label.cant_tell("t1", event_id="e4"),
    ]

    assert [label.body() for label in labels] == [
        {"event_id": "e1", "track_id": "t1", "quadrant": "Q3"},
        {"event_id": "e2", "track_id": "t1", "valence": 0.5, "arousal": -1.0},
        {"event_id": "e3", "track_id": "t1", "retracted": True},
        {"event_id": "e4", "track_id": "t1", "cant_tell": True},
    ]


def test_circumstances_say_only_what_is_known():
    said = Circumstances(emotion="felt", liking=5, is_random=True)

    label = Label.point("t1", valence=0.5, arousal=0, event_id="e1", circumstances=said)

    told = {name: label.body()[name] for name in ("emotion", "liking", "is_random")}
    assert told == {"emotion": "felt", "liking": 5, "is_random": True}
    assert len(label.body()) == 4 + len(told)


def test_a_fifth_quadrant_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="Q5"):
        Label.quadrant("t1", "Q5")
