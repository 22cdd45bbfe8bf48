"""What verbs of ``python -m training`` are given, as values; nothing heavy is imported."""

from dataclasses import dataclass
from pathlib import Path

DATA = Path("../shared/data")
WEIGHTS = Path("models/weights")
PRETRAINED = Path("models/pretrained")
REPORTS = Path("reports")
LIBRARY = Path("runs/tracks.npz")


@dataclass(frozen=True, slots=True)
class StudyArguments:
    """Where an experiment's labels and features are, and whose labels are judged.

    Attributes:
        data: Folder of datasets.
        labels: Table that replaces the dataset's labels.
        features: Table that replaces the dataset's features.
        listeners: File with the ids of the listeners to judge; None for all.
        min_labels: Listeners with fewer labels are left out.
    """

    data: Path
    labels: Path | None
    features: Path | None
    listeners: Path | None
    min_labels: int


@dataclass(frozen=True, slots=True)
class RunArguments:
    """How an experiment is run, and where its files go.

    Attributes:
        snapshot: Folder of the snapshot.
        engine: ``processes`` or ``ray``.
        workers: Processes at once.
        seed: Of everything random.
        out: Folder of results; None for one named after the dataset.
        report: Folder of pages; None for one named after the dataset.
    """

    snapshot: Path
    engine: str
    workers: int
    seed: int
    out: Path | None
    report: Path | None


@dataclass(frozen=True, slots=True)
class SimulateArguments:
    """What ``simulate`` is given.

    Attributes:
        protocol: ``attune`` or ``paper``; it sets the defaults of the others.
        mode: Query strategies, separated by commas, like the next two.
        personaliser: Ways to learn.
        algorithms: Members of the committee.
        population: Who the shared models learn from.
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
    """What ``personalise`` is given.

    Attributes:
        answers: Numbers of labels to learn from, separated by commas.
        others: Numbers of other listeners whose votes are known, separated by commas; ``all``.
        methods: Names separated by commas; None for all.
        splits: Of each listener.
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
    """What ``fuse`` is given.

    Attributes:
        train: Table of paired embeddings to fit to; None for a public dataset.
        test: Table to judge on; None for cross-validation.
        export: Folder of a snapshot to write, if any.
        encoder: What computed the embeddings, for the snapshot.
        drop_shared_artists: Leave out rows of ``train`` by artists that ``test`` has too.
        dataset: The public dataset.
        data: Folder of datasets.
        as_notebook: Also the notebook's figures by its own recipe.
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
    """What ``pretrain`` is given: for a snapshot, its cnn, or the paper's models.

    Attributes:
        data: Folder of datasets.
        out: Folder of the models; None for the usual one.
        repeats: Runs with other folds, for a snapshot's figures.
        member: ``gnb``, ``sgd``, ``xgb``, ``cnn``; None for all.
        dataset: Dataset of the paper's models; None for a snapshot.
        folds: Of the paper's models.
        rows: ``frames`` or ``tracks``, that the paper's models read.
        minutes: Time for a snapshot's cnn, all folds together; None without bound.
        width: Channels of a cnn's first block; None for its recipe's, like ``epochs``.
        device: Of a cnn: ``cpu``, ``cuda``; empty for the best that is available.
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
