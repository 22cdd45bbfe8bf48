"""Decoding checks the known fields and ignores new ones."""

from dataclasses import replace

import pytest
from fake_attune import prediction
from sample_replies import filled

from attune_client.decoding import DecodeError, decode
from attune_client.replies import Prediction, Track


def test_fields_of_a_newer_service_are_left_out():
    reply = decode(Prediction, {**prediction(), "mood": {"deep": [1]}})

    assert not hasattr(reply, "mood")


@pytest.mark.parametrize("field", ["set", "segments", "personal"])
def test_a_field_with_a_default_may_be_absent(field):
    reply_json = prediction()
    del reply_json[field]

    reply = decode(Prediction, reply_json)

    assert not getattr(reply, field)
    assert replace(reply, set=None) == replace(decode(Prediction, prediction()), set=None)


@pytest.mark.parametrize(
    "field", ["quadrant", "probabilities", "entropy", "model", "fusion", "why"]
)
def test_another_field_may_not(field):
    reply_json = prediction()
    del reply_json[field]

    with pytest.raises(DecodeError, match=rf"reply\.{field} is missing"):
        decode(Prediction, reply_json)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("quadrant", "Q5", r"reply\.quadrant: expected Quadrant, got 'Q5'"),
        ("quadrant", None, r"reply\.quadrant: expected str, got None"),
        ("entropy", "1.0", r"reply\.entropy: expected float, got '1\.0'"),
        ("entropy", True, r"reply\.entropy: expected float, got True"),
        ("ambiguous", 1, r"reply\.ambiguous: expected bool, got 1"),
        ("valence", 0.5, r"reply\.valence: expected Estimate, got 0\.5"),
        ("segments", {}, r"reply\.segments: expected list, got \{\}"),
        ("segments", [{}], r"reply\.segments\[0\]\.\w+ is missing"),
        ("modalities", {"audio": 1}, r"reply\.modalities\.audio: expected dict, got 1"),
        ("set", {"quadrants": ["Q5"]}, r"reply\.set\.quadrants\[0\]: expected Quadrant, got 'Q5'"),
        ("set", {"quadrants": []}, r"reply\.set\.\w+ is missing"),
        ("why", None, r"reply\.why: expected Why, got None"),
        ("why", {"population": {"log_odds": 1}}, r"reply\.why\.population\.log_odds: expected"),
        ("model", {"snapshot": 2}, r"reply\.model\.snapshot: expected str, got 2"),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_place(field, value, complaint):
    with pytest.raises(DecodeError, match=complaint):
        decode(Prediction, {**prediction(), field: value})


def test_a_time_that_is_none_is_named():
    reply_json = filled(Track, {"created_at": "yesterday"})

    with pytest.raises(DecodeError, match=r"reply\.created_at: expected datetime"):
        decode(Track, reply_json)
