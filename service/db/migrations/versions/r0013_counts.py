"""Count answers, forecasts and shown tracks in tables of their own, and index what is searched."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.String(200).with_variant(sa.String(256, collation="C"), "postgresql")
_KEY = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
_TIME = sa.DateTime(timezone=True)
_SUMS = ("n_users", "n", "h", "p", "nn", "hh", "pp", "hn", "pn", "hp")
_DAY = {
    "sqlite": "date(created_at)",
    "postgresql": "to_char(timezone('UTC', created_at), 'YYYY-MM-DD')",
}
_ANSWERS = "q1 + q2 + q3 + q4"
_USERS = """
INSERT INTO user_count (user_id, q1, q2, q3, q4, n_cant_tell, first_at, last_at)
SELECT user_id, sum(q1), sum(q2), sum(q3), sum(q4), sum(n), min(first_at), max(last_at)
FROM (
  SELECT user_id, count(CASE WHEN quadrant = 'Q1' THEN 1 END) AS q1,
    count(CASE WHEN quadrant = 'Q2' THEN 1 END) AS q2,
    count(CASE WHEN quadrant = 'Q3' THEN 1 END) AS q3,
    count(CASE WHEN quadrant = 'Q4' THEN 1 END) AS q4,
    count(CASE WHEN cant_tell THEN 1 END) AS n,
    min(created_at) AS first_at, max(created_at) AS last_at
  FROM label_event WHERE seq IN (
    SELECT max(seq) FROM label_event WHERE NOT is_superseded GROUP BY user_id, track_id
  )
  GROUP BY user_id
  UNION ALL
  SELECT user_id, 0, 0, 0, 0, 0, min(created_at), max(created_at)
  FROM label_event GROUP BY user_id
) AS counted
GROUP BY user_id
"""
_DAYS = """
INSERT INTO user_tally (user_id, kind, key, n, h, p)
SELECT user_id, 'day', {day}, count(*), 0, 0 FROM label_event WHERE quadrant IS NOT NULL
GROUP BY user_id, {day}
"""
_FORECASTS = """
INSERT INTO user_tally (user_id, kind, key, n, h, p)
SELECT user_id, '{kind}', {key}, count(*), count(CASE WHEN foretold = quadrant THEN 1 END),
  count(CASE WHEN foretold_population = quadrant THEN 1 END)
FROM guess WHERE {where} GROUP BY user_id, {key}
"""
_KEYS = (
    (
        "labels",
        "CASE WHEN n_labels <= 0 THEN '0' WHEN n_labels <= 4 THEN '1' WHEN n_labels <= 9 THEN '5'"
        " WHEN n_labels <= 19 THEN '10' WHEN n_labels <= 49 THEN '20' ELSE '50' END",
        "1 = 1",
    ),
    ("strategy", "strategy", "is_random AND strategy IS NOT NULL"),
    ("snapshot", "snapshot", "1 = 1"),
)
_TALLIES = f"""
INSERT INTO tally (kind, key, {", ".join(_SUMS)})
SELECT kind, key, count(*), sum(n), sum(h), sum(p),
  sum(n * n), sum(h * h), sum(p * p), sum(h * n), sum(p * n), sum(h * p)
FROM (
  SELECT kind, key, CAST(n AS BIGINT) AS n, CAST(h AS BIGINT) AS h, CAST(p AS BIGINT) AS p
  FROM user_tally
  UNION ALL
  SELECT 'users', CASE WHEN {_ANSWERS} <= 4 THEN '1' WHEN {_ANSWERS} <= 9 THEN '5'
    WHEN {_ANSWERS} <= 19 THEN '10' WHEN {_ANSWERS} <= 49 THEN '20' WHEN {_ANSWERS} <= 99 THEN '50'
    ELSE '100' END, {_ANSWERS}, 0, 0
  FROM user_count WHERE {_ANSWERS} > 0
) AS counted
GROUP BY kind, key
"""  # noqa: S608  # made of constants
_SHOWN = "UPDATE catalogue SET n_shown = (SELECT count(*) FROM track WHERE NOT is_hidden)"


def upgrade() -> None:
    """Make the tables, and count what is there."""
    op.add_column(
        "catalogue", sa.Column("n_shown", sa.BigInteger, nullable=False, server_default="0")
    )
    _user_count()
    _user_tally()
    _tally()
    op.create_index("guess_snapshot", "guess", ["snapshot", "created_at"])
    _index_shown()
    _count()


def downgrade() -> None:
    """Drop them; nothing is lost, since they are counts."""
    op.drop_index("track_shown_digest", "track")
    op.drop_index("guess_snapshot", "guess")
    for name in ("tally", "user_tally", "user_count"):
        op.drop_table(name)
    op.drop_column("catalogue", "n_shown")


def _user_count() -> None:
    op.create_table(
        "user_count",
        sa.Column("user_id", _ID, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("q1", "q2", "q3", "q4")),
        sa.Column("n_cant_tell", sa.Integer, nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sqlite_with_rowid=False,
    )


def _user_tally() -> None:
    op.create_table(
        "user_tally",
        sa.Column("user_id", _ID, primary_key=True),
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("key", _KEY, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in "nhp"),
        sqlite_with_rowid=False,
    )


def _tally() -> None:
    op.create_table(
        "tally",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("key", _KEY, primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        sqlite_with_rowid=False,
    )


def _index_shown() -> None:
    op.create_index(
        "track_shown_digest",
        "track",
        ["feature_digest"],
        sqlite_where=sa.text("is_hidden = 0"),
        postgresql_where=sa.text("NOT is_hidden"),
    )


def _count() -> None:
    day = _DAY[op.get_bind().dialect.name]
    statements = [_USERS, _DAYS.format(day=day)]
    statements += [_FORECASTS.format(kind=kind, key=key, where=w) for kind, key, w in _KEYS]
    for statement in (*statements, _TALLIES, _SHOWN):
        op.execute(statement)
