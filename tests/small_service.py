"""A small house: real models over six features, stores in a SQLite file."""

from dataclasses import dataclass, field, replace

import numpy as np
from cachetools import LRUCache
from sqlalchemy import delete, select
from sqlalchemy import update as update_of

from models.committee import Committee
from models.emotion import N_QUADRANTS, SIGNS, Modality, Quadrant, Readout
from models.features.embeddings import EmbeddingReader
from models.fusion import Fusion
from models.fusion.averaging import Average
from models.fusion.single import Single
from models.members import LogisticRegressionSgd
from models.personal import CommitteePersonaliser
from models.personal.logistic import Components, LogisticModel, Prior, n_columns
from models.snapshot import Snapshot
from service.api.predict.predictions import Prediction, PredictionTarget, Upload, predict_track
from service.api.tracks.catalogue import Archive, Registration, RegistrationResult, put_track
from service.api.update.updates import UpdateResult, update
from service.auth.signed_urls import SignedUrls
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.forecasts import PrequentialRecords
from service.db.label_log import LabelLog
from service.db.personal_models import PersonalModels
from service.db.recordings import NoRecordings, Recordings
from service.db.tables import personal_model, track
from service.db.track_feature_feed import TrackFeatureFeed
from service.db.track_features import TrackFeatureStore
from service.labels import Label
from service.serving.container import PERSONALISERS, Resources, population_predictor_of
from service.serving.personal_models import UserModels
from service.serving.vote_table import LiveVotes
from service.tracks import Content, TrackMetadata
from tests.databases import new_database
from tests.fakes import N_FEATURES, FakeClock, FakeExtractor, features

N_FOLDS = 2
READOUT = Readout(SIGNS / 2, np.full((N_QUADRANTS, 2), 0.05))
AUDIO, LYRICS = Modality
NO_HEADING = TrackMetadata()


def snapshot(version: str = "v1") -> Snapshot:
    """Two logistic members a modality, with weights drawn from the version's name."""
    fusions: dict[str, Fusion] = {"average": Average(np.ones(2))}
    fusions |= {str(modality): Single(modality) for modality in Modality}
    return Snapshot(
        version=version,
        feature_digest="f" * 64,
        committees={modality: _committee(f"{version} {modality}") for modality in Modality},
        fusions=fusions,
        default_fusion="average",
        readout=READOUT,
        listener_model=listener_model(),
        limits={frozenset(has): 0.7 for has in ([AUDIO], [LYRICS], Modality)},
        manifest={},
    )


def listener_model() -> LogisticModel:
    """Listeners who differ a good deal; the components are the first two features, halved."""
    prior = Prior(kappa=2.0, gamma=0.8, tau=0.4, omega=0.8)
    components = Components(np.zeros(N_FEATURES), 0.5 * np.eye(N_FEATURES, 2))
    return LogisticModel(prior, components, np.array([[0.8, 0.75], [0.7, 0.65]]), READOUT)


def _committee(name: str) -> Committee:
    rng = np.random.default_rng(sum(name.encode()))
    shape = (N_FOLDS, N_FEATURES)
    slopes = rng.normal(size=(N_FOLDS, N_QUADRANTS, N_FEATURES))
    family = LogisticRegressionSgd(
        centre=np.zeros(shape, np.float32),
        scale=np.ones(shape, np.float32),
        weight=np.pad(slopes, ((0, 0), (0, 0), (0, 1))).astype(np.float32),
    )
    return Committee(
        n_folds=N_FOLDS,
        families={"sgd": family},
        learners={"sgd": family},
        temperatures={"sgd": 1.0},
    )


def listeners_over(
    shared: Snapshot, catalogue: Catalogue, log: LabelLog, model_store: PersonalModels
) -> UserModels:
    """The listeners of one worker."""
    personaliser = CommitteePersonaliser(shared.committees)
    return UserModels(shared, personaliser, log, catalogue, model_store, LRUCache(3))


@dataclass
class SmallService:
    """One worker over a database, which outlives it."""

    database: Database = field(default_factory=new_database)
    snapshot: Snapshot = field(default_factory=snapshot)
    extractor: FakeExtractor | EmbeddingReader = field(default_factory=FakeExtractor)
    recordings: Recordings = field(default_factory=NoRecordings)
    catalogue: Catalogue = field(init=False)
    log: LabelLog = field(init=False)
    model_store: PersonalModels = field(init=False)
    prequential_records: PrequentialRecords = field(init=False)
    listeners: UserModels = field(init=False)
    track_features: TrackFeatureStore = field(init=False)
    votes: LiveVotes = field(init=False)

    def __post_init__(self) -> None:
        database, shared, clock = self.database, self.snapshot, FakeClock()
        population_predictor = population_predictor_of(shared)
        self.catalogue = Catalogue(
            database, population_predictor, clock, recordings=self.recordings
        )
        self.log = LabelLog(database, clock)
        self.model_store = PersonalModels(database)
        self.prequential_records = PrequentialRecords(database)
        feed, folder = (
            TrackFeatureFeed(database, population_predictor),
            database.folder / "sketches",
        )
        n_components = shared.listener_model.components.n_components
        self.track_features = TrackFeatureStore(
            feed, folder, shared.version, n_columns(n_components)
        )
        self.listeners = replace(
            listeners_over(shared, self.catalogue, self.log, self.model_store),
            track_features=self.track_features,
        )
        self.votes = LiveVotes(self.log)

    def restarted(self, snapshot: Snapshot | None = None) -> "SmallService":
        """Another worker over the same database."""
        return SmallService(self.database, snapshot or self.snapshot)

    def users_with_models(self) -> set[str]:
        """Return the users of whom a personal model is stored."""
        with self.database.read() as connection:
            return set(connection.execute(select(personal_model.c.user_id)).scalars())

    def drop_models(self) -> None:
        """Delete every stored personal model; what is left is the log."""
        with self.database.write() as connection:
            connection.execute(delete(personal_model))

    def make_unjudged(self, track_id: str) -> None:
        """Make a track one of other features that no snapshot ever judged."""
        with self.database.write() as connection:
            connection.execute(
                update_of(track)
                .where(track.c.track_id == track_id)
                .values(feature_digest="d" * 64, audio_logits=None, lyrics_logits=None)
            )

    @property
    def signed_urls(self) -> SignedUrls:
        """Let a browser play a recording."""
        return SignedUrls(b"house", FakeClock())

    def learning(self, personaliser: str) -> "SmallService":
        """Return the house after it took up a personaliser."""
        chosen = PERSONALISERS[personaliser](self.snapshot)
        self.listeners = replace(self.listeners, personaliser=chosen)
        return self

    def put(self, *track_ids: str) -> None:
        """Register tracks; what they are made of follows from their ids."""
        for track_id in track_ids:
            given = features(seed=sum(track_id.encode()))
            self.catalogue.put(
                track_id, given, Content(track_id, None), TrackMetadata(track_id.title())
            )

    def tell(self, user_id: str, *labels: Label) -> UpdateResult:
        """Let a user answer."""
        return update(user_id, labels, log=self.log, listeners=self.listeners)


def register(
    worker: SmallService | Resources,
    track_id: str,
    sent: Upload,
    heading: TrackMetadata = NO_HEADING,
) -> RegistrationResult:
    """Register a track from what a caller sends."""
    return put_track(
        track_id,
        Registration(sent, heading),
        archive=Archive.of(worker),
        extractor=worker.extractor,
        listeners=worker.listeners,
    )


def predict(
    worker: SmallService | Resources, track_id: str, user_id: str | None = None
) -> Prediction:
    """Predict a registered track."""
    return predict_track(
        track_id, PredictionTarget(user_id), catalogue=worker.catalogue, listeners=worker.listeners
    )


def answers(*said: tuple[str, Quadrant | None]) -> list[Label]:
    """Labels with event ids of their own."""
    return [Label(f"e{i}", track_id, quadrant) for i, (track_id, quadrant) in enumerate(said)]
