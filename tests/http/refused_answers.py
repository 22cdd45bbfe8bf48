"""Queries and labels that are refused."""

from tests.http.refusal import LABEL, QUERY, UPDATE, body, label, raw, refused

GIVEN_UP = {"quadrant": None, "cant_tell": True}
BACK = {"quadrant": None, "retracted": True, "is_repeat": True}

QUERIES = [
    *refused(
        QUERY,
        422,
        "invalid_request",
        ("nobody", "user_id is missing", body(n=1)),
        ("no tracks", "n is 0", body(user_id="u", n=0)),
        ("too many tracks", "n is 1001", body(user_id="u", n=1001)),
        ("a number as text", 'n is "5"', body(user_id="u", n="5")),
        ("a truth as number", "n is true", body(user_id="u", n=True)),
        ("half a track", "n is 2.5", body(user_id="u", n=2.5)),
        ("a bad id to exclude", "exclude[0]", body(user_id="u", exclude=[""])),
        ("a share of repeats", "repeat_share is 1.5", body(user_id="u", repeat_share=1.5)),
        ("a wish as number", "playable is 1", body(user_id="u", playable=1)),
        ("too much to exclude", "10000", body(user_id="u", exclude=["t"] * 10001)),
    ),
    *refused(
        QUERY,
        422,
        "unknown_strategy",
        ("an unheard-of strategy", "'luck'", body(user_id="u", strategy="luck")),
        ("chance mixed with chance", "'eps-rand'", body(user_id="u", strategy="eps-rand")),
        ("a batch balanced", "'balanced-herding'", body(user_id="u", strategy="balanced-herding")),
        ("a mixture of one", "'eps-eps-mc'", body(user_id="u", strategy="eps-eps-mc")),
    ),
]

LABELS = [
    *refused(
        UPDATE,
        422,
        "invalid_request",
        ("no labels", "a list of 0", body(user_id="u", labels=[])),
        ("too many labels", "1000", body(user_id="u", labels=[LABEL] * 1001)),
        ("labels of nobody", "user_id is missing", body(labels=[LABEL])),
        ("a label of no event", "labels[0].event_id is missing", label(event_id=None)),
        ("a fifth quadrant", 'labels[0].quadrant is "Q5"', label(quadrant="Q5")),
        ("a quadrant by number", "quadrant is 1", label(quadrant=1)),
        ("a point outside", "valence is 1.5", label(quadrant=None, valence=1.5, arousal=0)),
        (
            "a huge number",
            "valence is",
            raw(
                b'{"user_id": "u", "labels": '
                b'[{"event_id": "e", "track_id": "t", "valence": 1e999, "arousal": 0}]}'
            ),
        ),
        ("half a point", "both valence and arousal", label(quadrant=None, valence=0.5)),
        ("two answers", "exactly one", label(valence=0.5, arousal=0.5)),
        ("no answer", "exactly one", label(quadrant=None)),
        ("no answer, not retracted", "exactly one", label(quadrant=None, retracted=False)),
        ("a retraction as text", "retracted", label(quadrant=None, retracted="yes")),
        ("an answer that one cannot give", "exactly one", label(cant_tell=True)),
        ("cannot tell and taken back", "exactly one", label(**GIVEN_UP, retracted=True)),
        ("a third emotion", 'emotion is "mixed"', label(emotion="mixed")),
        ("to like it six times", "liking is 6", label(liking=6)),
        ("to like it not even once", "liking is 0", label(liking=0)),
        ("to like it by half", "liking is 2.5", label(liking=2.5)),
        ("to know it by text", 'familiarity is "5"', label(familiarity="5")),
        ("an endless strategy", "strategy", label(strategy="s" * 51)),
        ("a strategy of no name", "strategy", label(strategy="")),
        ("a strategy of NUL", "U+0000", label(strategy="a\0")),
        ("chance by number", "is_random is 1", label(is_random=1)),
        ("taken back, and liked", "has no liking, is_repeat", label(**BACK, liking=3)),
        ("a time of one's own", "created_at is not a known", label(created_at="now")),
    ),
    *refused(
        UPDATE,
        404,
        "track_not_found",
        ("a label of no track", "'nowhere'", label(track_id="nowhere")),
    ),
]

ANSWERS = [*QUERIES, *LABELS]
