"""Arguments of the verbs of ``python -m training``; imports only the standard library."""

from dataclasses import dataclass
from pathlib import Path

DATA = Path("../shared/data")
WEIGHTS = Path("models/weights")
PRETRAINED = Path("models/pretrained")
REPORTS = Path("reports")
LIBRARY = Path("runs/tracks.npz")


@dataclass(frozen=True, slots=True)
class StudyArguments:
    """Locations of an experiment's labels and features, and its test listeners.

    Attributes:
        data: Folder of datasets.
        labels: Table that replaces the dataset's labels.
        features: Table that replaces the dataset's features.
        listeners: File with the ids of the test listeners; None for all.
        min_labels: Listeners with fewer labels are left out.
    """

    data: Path
    labels: Path | None
    features: Path | None
    listeners: Path | None
    min_labels: int


@dataclass(frozen=True, slots=True)
class RunArguments:
    """Execution and output of an experiment.

    Attributes:
        snapshot: Folder of the snapshot.
        engine: ``processes`` or ``ray``.
        workers: Number of parallel workers.
        seed: Seed of all random draws.
        out: Folder of results; None for one named after the dataset.
        report: Folder of report pages; None for one named after the dataset.
    """

    snapshot: Path
    engine: str
    workers: int
    seed: int
    out: Path | None
    report: Path | None


@dataclass(frozen=True, slots=True)
class SimulateArguments:
    """Arguments of ``simulate``.

    Attributes:
        protocol: ``attune`` or ``paper``; it sets the defaults of the others.
        mode: Query strategies, separated by commas.
        personaliser: Personalisation methods, separated by commas.
        algorithms: Members of the committee, separated by commas.
        population: Training data of the shared models.
        pretrained: Folder of the paper's models; None for the one of the population.
        cnn: How much of the snapshot's cnn learns: ``last`` layer or ``full``.
        judged_share: See ``training.experiments.protocol.Shares``; so is ``cold_share``.
        rows: See ``training.experiments.protocol.SWITCHES``, as for those that follow.
    """

    protocol: str
    dataset: str
    mode: str
    personaliser: str
    algorithms: str
    population: str
    queries: int
    rounds: int
    splits: int
    pretrained: Path | None
    cnn: str
    cnn_width: int
    cnn_epochs: int
    train_share: float
    judged_share: float
    cold_share: float
    rows: str
    split: str
    score: str
    votes: str
    picks: str
    border: str
    cnn_best: str


@dataclass(frozen=True, slots=True)
class PersonaliseArguments:
    """Arguments of ``personalise``.

    Attributes:
        answers: Numbers of labels to learn from, separated by commas.
        others: Numbers of other listeners with known votes, separated by commas; ``all``.
        methods: Names of methods, separated by commas; None for all.
        splits: Random splits of each listener's tracks.
        algorithms: Members of the committee, separated by commas.
        population: Who the shared models learn from.
        judged_share: See ``training.experiments.protocol.Shares``, as for what follows.
    """

    dataset: str
    answers: str
    others: str
    methods: str | None
    splits: int
    algorithms: str
    population: str
    judged_share: float
    cold_share: float


@dataclass(frozen=True, slots=True)
class FuseArguments:
    """Arguments of ``fuse``.

    Attributes:
        train: Training table of paired embeddings; None for a public dataset.
        test: Test table; None for cross-validation.
        export: Folder of a snapshot to write, if any.
        encoder: Name of the embeddings' encoder, for the snapshot.
        drop_shared_artists: Leave out rows of ``train`` whose artist is also in ``test``.
        dataset: The public dataset.
        data: Folder of datasets.
        as_notebook: Also compute the notebook's figures its own way.
        out: Folder of reports.
        folds: Outer folds of a cross-validation.
    """

    train: Path | None
    test: Path | None
    export: Path | None
    encoder: str
    drop_shared_artists: bool
    dataset: str
    data: Path
    as_notebook: bool
    out: Path
    seed: int
    folds: int


@dataclass(frozen=True, slots=True)
class PretrainArguments:
    """Arguments of ``pretrain``: for a snapshot, its cnn, or the paper's models.

    Attributes:
        data: Folder of datasets.
        out: Folder of the models; None for the default.
        repeats: Evaluation runs of a snapshot, each with other folds.
        member: ``gnb``, ``sgd``, ``xgb``, ``cnn``; None for all.
        dataset: Dataset of the paper's models; None for a snapshot.
        folds: Folds of the paper's models.
        rows: Rows that the paper's models are trained on: ``frames`` or ``tracks``.
        minutes: Time limit for a snapshot's cnn, over all folds; None for no limit.
        width: Channels of a cnn's first block; None for the recipe's.
        epochs: Epochs of each fold of a cnn; None for the recipe's.
        device: Device of a cnn, such as ``cpu`` or ``cuda``; empty for the fastest.
    """

    data: Path
    out: Path | None
    seed: int
    repeats: int
    member: str | None
    dataset: str | None
    folds: int
    rows: str
    minutes: float | None
    width: int | None
    epochs: int | None
    device: str
