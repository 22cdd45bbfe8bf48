"""The tables; `service.db.migrations` creates them, and a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

from models.search_words import MAX_KEY

# Ids are ordered by their bytes on both databases, so that cursors work the same. SQLite stores
# any length, so its columns keep that of the first revision: a change would copy each table.
Id = String(200).with_variant(String(256, collation="C"), "postgresql")
_TallyKey = String(200).with_variant(String(200, collation="C"), "postgresql")
_SearchKey = String(MAX_KEY).with_variant(String(MAX_KEY, collation="C"), "postgresql")
# SQLite numbers rows automatically only if the type is exactly INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A time; stored and returned in UTC, since SQLite keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with its time zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

track = Table(
    "track",
    metadata,
    Column("track_id", Id, primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("is_hidden", Boolean, nullable=False),
    Column("title", Text),
    Column("artist", Text),
    Column("audio_sha256", String(64)),
    Column("lyrics_sha256", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("feature_digest", String(64), nullable=False),
    Column("snapshot", String(200), nullable=False),  # of the prediction in this row
    Column("duration_s", Double),
    Column("audio_logits", LargeBinary),
    Column("lyrics_logits", LargeBinary),
    Column("sketch", LargeBinary),  # track features
    Column("audio_url", Text),  # for browsers; the service never fetches it
    Column("lyrics_unread", String(40)),  # why the lyrics have no features: language:es, no_words
    Column("sound_sha256", String(64)),  # of what is heard; none: of a release up to 0.5
    # Long columns are last: SQLite then reads those before them without reading these.
    Column("lyrics_vector", LargeBinary),
    Column("audio_vector", LargeBinary),
    Index("track_revision", "revision", unique=True),
    Index("track_audio", "audio_sha256"),
)
Index(
    "track_shown_digest",
    track.c.feature_digest,
    sqlite_where=~track.c.is_hidden,
    postgresql_where=~track.c.is_hidden,
)

track_segments = Table(
    "track_segments",
    metadata,
    # Only tracks whose segments are kept have a row; it is as long as all their other columns.
    Column("track_id", Id, ForeignKey("track.track_id"), primary_key=True),
    Column("starts_s", LargeBinary, nullable=False),
    Column("ends_s", LargeBinary, nullable=False),
    Column("segment_proba", LargeBinary),  # under the snapshot of the track's row
    Column("segments", LargeBinary, nullable=False),  # features
)

track_words = Table(
    "track_words",
    metadata,
    # The search text of each track that has one (models.search_words).
    Column("track_id", Id, ForeignKey("track.track_id"), primary_key=True),
    Column("words", Text, nullable=False),
    sqlite_with_rowid=False,
)

search_key = Table(
    "search_key",
    metadata,
    # Its index keys. Without a foreign key: a track has several, and each would be checked.
    Column("key", _SearchKey, primary_key=True),
    Column("track_id", Id, primary_key=True),
    sqlite_with_rowid=False,
)

track_belief = Table(
    "track_belief",
    metadata,
    # Predictions of other snapshots than that of the track's row.
    Column("track_id", Id, ForeignKey("track.track_id"), primary_key=True),
    Column("snapshot", String(200), primary_key=True),
    Column("audio_logits", LargeBinary),
    Column("lyrics_logits", LargeBinary),
    Column("sketch", LargeBinary, nullable=False),
    Column("segment_proba", LargeBinary),
    Index("track_belief_snapshot", "snapshot"),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("revision", BigInteger, nullable=False),
    Column("identity", String(32)),  # random id of the database
    Column("secret", LargeBinary),  # 32 random bytes, which keys are derived from
    Column("calibrating_until", UtcDateTime),  # end of the lock on calibration
    Column("n_shown", BigInteger, nullable=False, server_default="0"),  # tracks not hidden
)

label_event = Table(
    "label_event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("user_id", Id, nullable=False),
    Column("event_id", Id, nullable=False),
    Column("track_id", Id, ForeignKey("track.track_id"), nullable=False),
    Column("quadrant", String(2)),  # none: retracted, or cannot tell
    Column("valence", Double),
    Column("arousal", Double),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cant_tell", Boolean, nullable=False, server_default=false()),
    Column("emotion", String(10)),
    Column("liking", SmallInteger),
    Column("familiarity", SmallInteger),
    Column("strategy", String(50)),
    Column("is_random", Boolean, nullable=False, server_default=false()),
    Column("is_repeat", Boolean, nullable=False, server_default=false()),
    # Other users' votes on the track when the event was recorded; none without any.
    *(Column(f"others_{name}", Double) for name in ("q1", "q2", "q3", "q4")),
    # Imported although the user had labelled the track later; never a current answer.
    Column("is_superseded", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("user_id", "event_id", name="label_event_once"),
    Index("label_event_log", "user_id", "seq"),
    sqlite_autoincrement=True,  # a seq is never reused, not even after a deletion
)

answer = Table(
    "answer",
    metadata,
    # Each user's latest event on each track, without superseded ones; service.db.answers keeps it.
    Column("user_id", Id, primary_key=True),
    Column("track_id", Id, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the event
    Column("packed", LargeBinary, nullable=False),  # what is learnt from it
    sqlite_with_rowid=False,  # a user's rows are adjacent
)

personal_model = Table(
    "personal_model",
    metadata,
    Column("user_id", Id, primary_key=True),
    Column("snapshot", String(200), primary_key=True),
    Column("algorithm", String(50), primary_key=True),
    Column("label_seq", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)

track_votes = Table(
    "track_votes",
    metadata,
    Column("track_id", Id, ForeignKey("track.track_id"), primary_key=True),
    # Sums of soft votes, exact multiples of 1/1024 (models.votes).
    *(Column(name, Double, nullable=False) for name in ("q1", "q2", "q3", "q4")),
    Column("revision", BigInteger, nullable=False, server_default="0"),  # 0: never changed
    Index("track_votes_revision", "revision"),
)


calibration = Table(
    "calibration",
    metadata,
    # Calibrations; a snapshot uses its last row that is not reverted.
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("version", String(40), nullable=False),
    Column("snapshot", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("reverted_at", UtcDateTime),
    Column("facts", Text, nullable=False),  # JSON: inputs, numbers, figures before and after
    Index("calibration_snapshot", "snapshot", "seq"),
)

notice = Table(
    "notice",
    metadata,
    Column("topic", String(50), primary_key=True),
    Column("revision", BigInteger, nullable=False),  # grows with every change
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", String(24), primary_key=True),  # the public part of a key
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the secret, in hex
    Column("scopes", String(100), nullable=False),  # separated by commas
    Column("rate", Double),  # requests a second; none: the service's setting
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("user_id", Id),  # the only user that the key may name; none: any user
)

forgotten_user = Table(
    "forgotten_user",
    metadata,
    Column("user_hash", String(64), primary_key=True),  # see service.db.forgotten_users
    Column("forgotten_at", UtcDateTime, nullable=False),
)

repeatable_call = Table(
    "repeatable_call",
    metadata,
    Column("user_id", Id, primary_key=True),
    Column("call_key", Id, primary_key=True),  # the Idempotency-Key header
    Column("body_sha256", String(64), nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

guess = Table(
    "guess",
    metadata,
    # Prequential records: forecasts of answers before they were learnt; one row a track and user.
    Column("user_id", Id, primary_key=True),
    Column("track_id", Id, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the answer's event
    Column("snapshot", String(200), nullable=False),
    Column("n_labels", Integer, nullable=False),  # labels that the user's model had learnt from
    Column("quadrant", String(2), nullable=False),  # the answer
    Column("foretold", String(2), key="forecast", nullable=False),  # of the user's model
    Column("foretold_population", String(2), key="forecast_population", nullable=False),
    Column("p", Double),  # forecast probability of the answered quadrant
    Column("p_population", Double),
    Column("strategy", String(50)),
    Column("is_random", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("guess_created_at", "created_at"),
    Index("guess_log", "user_id", "seq"),
    Index("guess_snapshot", "snapshot", "created_at"),
)

# The tables below are counts of the rows above, changed in the same transactions;
# service.db.recount makes them again.

user_count = Table(
    "user_count",
    metadata,
    # One row a user with an event.
    Column("user_id", Id, primary_key=True),
    *(Column(name, Integer, nullable=False) for name in ("q1", "q2", "q3", "q4")),  # answers
    Column("n_cant_tell", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

user_tally = Table(
    "user_tally",
    metadata,
    # A user's answers by day, and forecasts by labels so far, strategy and snapshot.
    Column("user_id", Id, primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("key", _TallyKey, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("h", Integer, nullable=False),  # correct by the user's model
    Column("p", Integer, nullable=False),  # correct by the population model
    sqlite_with_rowid=False,
)

tally = Table(
    "tally",
    metadata,
    # Sums over users of user_tally and of its products, and users by labels: each of some users.
    Column("kind", String(10), primary_key=True),
    Column("key", _TallyKey, primary_key=True),
    Column("stripe", SmallInteger, primary_key=True, server_default="0"),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("n_users", "n", "h", "p", "nn", "hh", "pp", "hn", "pn", "hp")
    ),
    sqlite_with_rowid=False,
)

# Derived: on PostgreSQL both are without write-ahead log, and a copy leaves them out.
published_features = Table(
    "published_features",
    metadata,
    # Files of track features that a replica has built for the others.
    Column("snapshot", String(200), primary_key=True),  # serving version
    Column("publication", String(32)),  # the parts to read; none: not published yet
    Column("n_parts", Integer, nullable=False),
    Column("state", Text),  # JSON: sizes, checksums and revision of the files
    Column("published_at", UtcDateTime),
    Column("building_until", UtcDateTime),  # end of the lock on building and publishing
)

published_part = Table(
    "published_part",
    metadata,
    Column("snapshot", String(200), primary_key=True),
    Column("publication", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 0
    Column("content", LargeBinary, nullable=False),  # at most 1 MiB
)
