"""Rankings that are refused."""

from tests.http.refusal import RANK, body, refused

Q1 = {"user_id": "u", "quadrant": "Q1"}
NEITHER = "Exactly one of quadrant and valence with arousal"

RANKS = [
    *refused(
        RANK,
        422,
        "invalid_request",
        ("a ranking for nobody", "user_id is missing", body(quadrant="Q1")),
        ("a ranking by nothing", NEITHER, body(user_id="u")),
        ("a quadrant and a point", NEITHER, body(**Q1, valence=0.1, arousal=0.1)),
        ("a point without arousal", "both valence and arousal", body(user_id="u", valence=0.1)),
        ("a quadrant and half a point", "both valence and arousal", body(**Q1, arousal=0.1)),
        ("a quadrant that is none", 'quadrant is "Q0"', body(user_id="u", quadrant="Q0")),
        ("a point too far", "arousal is -1.01", body(user_id="u", valence=1, arousal=-1.01)),
        ("a page of no tracks", "limit is 0", body(**Q1, limit=0)),
        ("a page of too many tracks", "limit is 501", body(**Q1, limit=501)),
        ("a limit as text", 'limit is "5"', body(**Q1, limit="5")),
        ("a choice as text", "exclude_answered", body(**Q1, exclude_answered="no")),
        ("a cursor as number", "cursor is 7", body(**Q1, cursor=7)),
        ("a cursor without end", "1000", body(**Q1, cursor="a" * 1001)),
        ("a ranking by a strategy", "strategy is not a known", body(**Q1, strategy="mc")),
    ),
    *refused(
        RANK,
        422,
        "invalid_cursor",
        ("a made-up place in a ranking", "'abc'", body(**Q1, cursor="abc")),
        ("an empty cursor", "is not a cursor", body(**Q1, cursor="")),
    ),
]
