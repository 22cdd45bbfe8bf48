"""The tables; `service.db.migrations` makes them, a test holds the two together."""

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

# Ids are ordered and compared by their bytes everywhere, so that a cursor means the same on both.
Id = String(200).with_variant(String(200, collation="C"), "postgresql")
# SQLite numbers rows by itself only where the type is exactly INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; SQLite keeps no time zone, so everything goes in and comes out in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its time zone."""
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
    Column("snapshot", String(200), nullable=False),  # whose belief the logits are
    Column("duration_s", Double),
    Column("audio_logits", LargeBinary),
    Column("lyrics_logits", LargeBinary),
    Column("sketch", LargeBinary),
    Column("audio_url", Text),  # where a browser finds the recording; never fetched from here
    Column("lyrics_unread", String(40)),  # why the lyrics have no features: language:es, no_words
    # What is long stands last: SQLite then reads the columns before it without touching it.
    Column("lyrics_vector", LargeBinary),
    Column("audio_vector", LargeBinary),
    Column("starts_s", LargeBinary),
    Column("ends_s", LargeBinary),
    Column("segment_proba", LargeBinary),
    Column("segments", LargeBinary),
    Index("track_revision", "revision", unique=True),
    Index("track_audio", "audio_sha256"),
)

track_belief = Table(
    "track_belief",
    metadata,
    # What other snapshots say of a track than the one whose belief is in its row.
    Column("track_id", Id, ForeignKey("track.track_id"), primary_key=True),
    Column("snapshot", String(200), primary_key=True),
    Column("audio_logits", LargeBinary),
    Column("lyrics_logits", LargeBinary),
    Column("sketch", LargeBinary, nullable=False),
    Column("segment_proba", LargeBinary),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("revision", BigInteger, nullable=False),
    Column("identity", String(32)),  # drawn when the tables were made: tells databases apart
    Column("secret", LargeBinary),  # 32 random bytes, from which keys are derived
    Column("calibrating_until", UtcDateTime),  # until then one process calibrates, others do not
)

label_event = Table(
    "label_event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("user_id", Id, nullable=False),
    Column("event_id", Id, nullable=False),
    Column("track_id", Id, ForeignKey("track.track_id"), nullable=False),
    Column("quadrant", String(2)),  # none: the answer is taken back, or there is none to give
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
    # Votes of other users on the track when the event was written; none where there were none.
    *(Column(f"others_{name}", Double) for name in ("q1", "q2", "q3", "q4")),
    UniqueConstraint("user_id", "event_id", name="label_event_once"),
    Index("label_event_log", "user_id", "seq"),
    Index("label_event_answer", "user_id", "track_id", "seq"),
    sqlite_autoincrement=True,  # a place is never given twice, not even after a deletion
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

votes = Table(
    "votes",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("revision", BigInteger, nullable=False),
)

calibration = Table(
    "calibration",
    metadata,
    # What the population model is shifted by, to fit the catalogue; the last row of a snapshot
    # that is not reverted is in use.
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
    Column("revision", BigInteger, nullable=False),  # grows whenever there is something new
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", String(24), primary_key=True),  # the part of a key that is no secret
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the secret, in hex
    Column("scopes", String(100), nullable=False),  # by comma
    Column("rate", Double),  # requests a second; none: as the service is set
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("user_id", Id),  # the only user whom it may name; none: anybody
)

forgotten_user = Table(
    "forgotten_user",
    metadata,
    Column("user_hash", String(64), primary_key=True),  # made by service.db.forgotten_users
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
    # What was foretold of an answer before it was learnt; one row a track that the user answered.
    Column("user_id", Id, primary_key=True),
    Column("track_id", Id, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the answer
    Column("snapshot", String(200), nullable=False),
    Column("n_labels", Integer, nullable=False),  # that the user's model had learnt from
    Column("quadrant", String(2), nullable=False),  # that was answered
    Column("foretold", String(2), nullable=False),  # by the user's model
    Column("foretold_population", String(2), nullable=False),  # by what a newcomer is told
    Column("p", Double),  # the probability that was given to the answered quadrant
    Column("p_population", Double),
    Column("strategy", String(50)),
    Column("is_random", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("guess_created_at", "created_at"),
    Index("guess_log", "user_id", "seq"),
)
