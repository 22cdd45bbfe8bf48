"""What each verb can be told. Nothing heavy is imported before a verb runs."""

import argparse
import os
from pathlib import Path

from training.experiments.protocol import PAPER, SWITCHES

DATA = Path("../shared/data")
WEIGHTS = Path("models/weights")
PRETRAINED = Path("models/pretrained")
REPORTS = Path("reports")
LIBRARY = Path("runs/tracks.npz")


def add_encoders(parser: argparse.ArgumentParser) -> None:
    """Add what ``encoders`` can be told."""
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder (default: %(default)s)")


def add_pretrain(parser: argparse.ArgumentParser) -> None:
    """Add what ``pretrain`` can be told."""
    parser.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, help="models/pretrained, or runs/pretrained/DATASET-ROWS"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--repeats", type=int, default=3, help="runs with other folds, for the figures"
    )
    parser.add_argument(
        "-m",
        "--member",
        choices=("gnb", "sgd", "xgb", "cnn"),
        help="without --dataset, cnn: train it alone for a snapshot; with it: the paper's model",
    )
    parser.add_argument("--dataset", help="pretrain the paper's models on it, such as deam")
    parser.add_argument(
        "-cv", "--folds", type=int, default=5, help="of the paper's models (%(default)s)"
    )
    parser.add_argument("--rows", default="frames", choices=("frames", "tracks"))
    parser.add_argument("--minutes", type=float, help="of the snapshot's cnn, all folds together")
    parser.add_argument("--width", type=int, help="of the cnn (32; the paper's: 128)")
    parser.add_argument("--epochs", type=int, help="of a cnn's fold (14; the paper's: 200)")
    parser.add_argument("--device", default="", help="of the cnn: cpu, cuda; or the best there is")


def add_fuse(parser: argparse.ArgumentParser) -> None:
    """Add what ``fuse`` can be told."""
    own = parser.add_argument_group("your own table, of paired embeddings")
    own.add_argument(
        "--train", type=Path, help="CSV or NPZ to fit to; without --test, it is cross-validated"
    )
    own.add_argument("--test", type=Path, help="another such table, of other artists, to judge on")
    own.add_argument(
        "--export", type=Path, help="folder for a snapshot that reads such embeddings"
    )
    own.add_argument(
        "--encoder", default="", help="what computed the embeddings, for the snapshot"
    )
    own.add_argument(
        "--drop-shared-artists",
        action="store_true",
        help="leave out rows of --train by artists that are in --test too",
    )
    public = parser.add_argument_group("or a public dataset")
    public.add_argument("--dataset", choices=("mirex", "taffc4q"), default="mirex")
    public.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument(
        "--as-notebook",
        action="store_true",
        help="the notebook's ten figures by its own recipe too, and what each leak is worth",
    )
    parser.add_argument(
        "--out", type=Path, default=REPORTS / "fusion", help="folder (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folds", type=int, default=10, help="outer folds (default: %(default)s)")


def add_ablate(parser: argparse.ArgumentParser) -> None:
    """Add what ``ablate`` can be told."""
    parser.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=REPORTS, help="folder (default: %(default)s)")


def add_embed(parser: argparse.ArgumentParser) -> None:
    """Add what ``embed`` can be told."""
    parser.add_argument(
        "source", type=Path, help="a folder of recordings, or a CSV with track_id and path"
    )
    parser.add_argument("--out", type=Path, default=LIBRARY, help="default: %(default)s")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="default: %(default)s")
    parser.add_argument("--snapshot", type=Path, default=PRETRAINED, help="default: %(default)s")
    parser.add_argument("--engine", default="processes", choices=("processes", "ray"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)


def add_opensmile(parser: argparse.ArgumentParser) -> None:
    """Add what ``opensmile`` can be told."""
    parser.add_argument("audio", type=Path, help="folder of recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder of tables")


def add_simulate(parser: argparse.ArgumentParser) -> None:
    """Add what ``simulate`` can be told; the original's names, short and long, are taken too."""
    parser.add_argument(
        "--protocol",
        default="attune",
        choices=("attune", PAPER),
        help="ours, or as the paper's code does it: sets all switches below (%(default)s)",
    )
    parser.add_argument("--dataset", help="whose listeners (trompa; paper: amg1608)")
    _add_study(parser, min_labels=150)
    parser.add_argument("-m", "--mode", default="mc,hc,mix,rand", help="strategies (%(default)s)")
    parser.add_argument(
        "--personaliser", help="successive,refit or paper (successive; paper: paper)"
    )
    parser.add_argument(
        "-q", "--queries", type=int, default=10, help="songs a round (%(default)s)"
    )
    parser.add_argument(
        "-e",
        "--rounds",
        "--epochs",
        type=int,
        default=10,
        help="rounds of questions (%(default)s)",
    )
    parser.add_argument("--splits", type=int, help="of each listener (20; paper: 1)")
    parser.add_argument("--algorithms", default="gnb,sgd,xgb", help="members (%(default)s)")
    parser.add_argument(
        "--population", help="others, snapshot, or a dataset (others; paper: deam)"
    )
    parser.add_argument(
        "--pretrained",
        type=Path,
        help="folder of the paper's models (runs/pretrained/DATASET-ROWS)",
    )
    parser.add_argument(
        "--cnn",
        default="last",
        choices=("last", "full"),
        help="how much of the shipped cnn learns",
    )
    parser.add_argument(
        "--cnn-width", type=int, default=128, help="channels of the paper's cnn (%(default)s)"
    )
    parser.add_argument(
        "--cnn-epochs", type=int, default=200, help="epochs of the paper's cnn (%(default)s)"
    )
    parser.add_argument(
        "--train-share",
        type=float,
        default=0.85,
        help="share of songs that may be asked, with --split songs (%(default)s)",
    )
    switches = parser.add_argument_group("switches", "What --protocol sets, one by one.")
    for name, switch in SWITCHES.items():
        choices = (switch.ours, switch.paper)
        told = f"{switch.about} ({switch.ours}; paper: {switch.paper})"
        switches.add_argument(f"--{name}", choices=choices, help=told)
    _add_run(parser, "simulate", "simulation")


def add_personalise(parser: argparse.ArgumentParser) -> None:
    """Add what ``personalise`` can be told."""
    parser.add_argument("--dataset", default="trompa", help="whose listeners (%(default)s)")
    _add_study(parser, min_labels=80)
    parser.add_argument("--answers", default="0,4,12,28,52", help="learnt from (%(default)s)")
    parser.add_argument("--methods", help="default: all there are")
    parser.add_argument("--splits", type=int, default=20, help="of each listener (%(default)s)")
    parser.add_argument("--algorithms", default="gnb,sgd,xgb,svm", help="members (%(default)s)")
    parser.add_argument(
        "--population", default="others", help="others, snapshot, or a dataset (%(default)s)"
    )
    _add_run(parser, "personalise", "personalise")


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Add what ``predict`` can be told."""
    parser.add_argument(
        "--models",
        type=Path,
        required=True,
        help="a folder of models: a listener's, or what pretrain --dataset keeps",
    )
    parser.add_argument(
        "--features",
        type=Path,
        help="a table of features, a row a track, or a folder of openSMILE's tables",
    )
    parser.add_argument("--recordings", type=Path, help="a folder of recordings, for a cnn")
    parser.add_argument("--out", type=Path, help="a CSV file (printed without)")


def _add_study(parser: argparse.ArgumentParser, *, min_labels: int) -> None:
    parser.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument("--labels", type=Path, help="a table of labels to use instead")
    parser.add_argument("--features", type=Path, help="a table of features to use instead")
    parser.add_argument("--listeners", type=Path, help="a file that names who is judged")
    parser.add_argument(
        "-n",
        "--min-labels",
        "--num_anno",
        type=int,
        default=min_labels,
        help="of a listener (%(default)s)",
    )


def _add_run(parser: argparse.ArgumentParser, verb: str, pages: str) -> None:
    parser.add_argument("--snapshot", type=Path, default=PRETRAINED, help="default: %(default)s")
    parser.add_argument("--engine", default="processes", choices=("processes", "ray"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help=f"results (runs/{verb}/DATASET)")
    parser.add_argument("--report", type=Path, help=f"pages (reports/{pages}/DATASET)")
