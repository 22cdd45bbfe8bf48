"""A small house: real models over six features, stores in memory."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from cachetools import LRUCache

from models.committee import Committee
from models.emotion import N_QUADRANTS, SIGNS, Modality, Quadrant, Readout
from models.features.embeddings import EmbeddingReader
from models.fusion import Fusion
from models.fusion.averaging import Average
from models.fusion.single import Single
from models.members import LogisticRegressionSgd
from models.personal import CommitteePersonaliser
from models.personal.logistic import Components, LogisticModel, Prior
from models.prediction.earlier_snapshot import predict_from_earlier
from models.prediction.predictor import predict_population
from models.snapshot import Snapshot
from service.api.update.updates import UpdateResult, update
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.db.personal_models import PersonalModels
from service.db.recordings import NoRecordings, Recordings
from service.db.track_features import TrackFeatureStore
from service.labels import Label
from service.serving.personal_models import Listeners
from service.serving.track_table import LiveTable
from service.serving.vote_table import LiveVotes
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.fakes import (
    N_FEATURES,
    FakeClock,
    FakeExtractor,
    Memory,
    MemoryCatalogue,
    MemoryLabelLog,
    MemoryPersonalModels,
    MemorySketches,
    features,
)

N_FOLDS = 2
READOUT = Readout(SIGNS / 2, np.full((N_QUADRANTS, 2), 0.05))
AUDIO, LYRICS = Modality


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


def population_predictor_of(shared: Snapshot) -> PopulationPredictor:
    """What a catalogue must know of a snapshot."""
    return PopulationPredictor(
        shared.version,
        shared.feature_digest,
        partial(predict_population, shared.under(None)),
        recalibrated_features=shared.recalibrated_features,
        predict_from_logits=partial(predict_from_earlier, shared),
    )


def listeners_over(
    shared: Snapshot, catalogue: Catalogue, log: LabelLog, model_store: PersonalModels
) -> Listeners:
    """The listeners of one worker."""
    personaliser = CommitteePersonaliser(shared.committees)
    return Listeners(shared, personaliser, log, catalogue, model_store, LRUCache(3))


@dataclass
class SmallService:
    """One worker over the memory, which outlives it."""

    memory: Memory = field(default_factory=Memory)
    snapshot: Snapshot = field(default_factory=snapshot)
    extractor: FakeExtractor | EmbeddingReader = field(default_factory=FakeExtractor)
    catalogue: Catalogue = field(init=False)
    log: LabelLog = field(init=False)
    model_store: PersonalModels = field(init=False)
    listeners: Listeners = field(init=False)
    table: LiveTable = field(init=False)
    track_features: TrackFeatureStore = field(init=False)
    votes: LiveVotes = field(init=False)
    recordings: Recordings = field(default_factory=NoRecordings)

    def __post_init__(self) -> None:
        clock, shared = FakeClock(), self.snapshot
        population_predictor, recordings = population_predictor_of(shared), self.recordings
        self.catalogue = MemoryCatalogue(self.memory, population_predictor, clock, recordings)
        self.log = MemoryLabelLog(self.memory, clock)
        self.model_store = MemoryPersonalModels(self.memory)
        self.listeners = listeners_over(shared, self.catalogue, self.log, self.model_store)
        self.table = LiveTable(self.catalogue)
        self.track_features = MemorySketches(self.catalogue)
        self.votes = LiveVotes(self.log)

    def restarted(self, snapshot: Snapshot | None = None) -> "SmallService":
        """Another worker over the same state."""
        return SmallService(self.memory, snapshot or self.snapshot)

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


def answers(*said: tuple[str, Quadrant | None]) -> list[Label]:
    """Labels with event ids of their own."""
    return [Label(f"e{i}", track_id, quadrant) for i, (track_id, quadrant) in enumerate(said)]
