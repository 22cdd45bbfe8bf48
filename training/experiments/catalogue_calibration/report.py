"""Render the page ``calibration/index.md``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.calibration.zero_points import AGREEMENT, BOUND, LEAST_TRACKS, SHIPPED
from training.experiments.catalogue_calibration.catalogues import LEAST_OF_GENRE
from training.experiments.catalogue_calibration.evaluation import N_DRAWS, Judgement
from training.experiments.catalogue_calibration.generated_music import Demo
from training.experiments.catalogue_calibration.selection import MOST_LOST, Trial
from training.experiments.catalogue_calibration.study import StudyResult
from training.reporting.number_format import fixed, percent
from training.reporting.render import Provenance, Table, render

_SHOWN = 5


def write(out: Path, found: StudyResult, command: str) -> Path:
    """Write the page into a folder of reports; return its path."""
    folder = out / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.md"
    path.write_text(page(found, Provenance(command, "")), encoding="utf-8")
    return path


def page(found: StudyResult, run: Provenance) -> str:
    """Return the page as Markdown."""
    chosen = found.chosen
    subsets = [*found.subsets, *found.foreign_genres]
    worst = min(subsets, key=_gain)
    return render(
        "calibration",
        run=run,
        bound=BOUND,
        least_tracks=LEAST_TRACKS,
        least_of_genre=LEAST_OF_GENRE,
        most_answers=round(1.0 / AGREEMENT),
        n_draws=N_DRAWS,
        most_lost=MOST_LOST,
        shipped=SHIPPED,
        chosen=chosen,
        best=chosen.best,
        is_shipped=chosen.best[1].setting == SHIPPED,
        distances=Table(
            ["sound", "distance"], [[name, fixed(d, 2)] for name, d in chosen.distances.items()]
        ),
        unlabelled=_trials(sorted(chosen.unlabelled, key=lambda trial: -trial.gain)),
        answered=_trials(sorted(chosen.answered, key=lambda trial: -trial.likelihood)),
        demo=found.demo,
        moods=_moods(found.demo),
        emotify=found.emotify,
        answers=_answers(found),
        subsets=_subsets(found.subsets),
        foreign=_subsets([found.emotify, *found.foreign_genres]),
        worst=worst,
        worst_gain=_gain(worst),
        n_subsets=len(subsets),
        n_lost=sum(_gain(each) < -MOST_LOST for each in subsets),
    )


def _gain(judged: Judgement) -> float:
    return judged.after.accuracy - judged.before.accuracy


def _trials(ranked: Sequence[Trial]) -> Table:
    """Return the table of the first trials."""
    head = ["known", "mix", "sd", "accuracy", "worst twentieth", "harmed", "log-likelihood"]
    rows = [
        [
            fixed(trial.setting.known, 1),
            ", ".join(f"{value:g}" for value in trial.setting.mix),
            ", ".join(f"{value:g}" for value in trial.setting.prior_sd),
            f"{trial.gain:+.3f}",
            f"{trial.worst:+.3f}",
            percent(trial.harmed, 1),
            f"{trial.likelihood:+.3f}",
        ]
        for trial in ranked[:_SHOWN]
    ]
    return Table(head, rows)


def _moods(demo: Demo) -> Table:
    rows = [
        [mood.name, str(mood.before.sum()), *map(_spread, (mood.before, mood.after))]
        for mood in demo.moods
    ]
    return Table(["asked for", "tracks", "Q1/Q2/Q3/Q4 before", "after"], rows)


def _spread(counts: NDArray[np.int64]) -> str:
    return " / ".join(str(int(n)) for n in counts)


def _answers(found: StudyResult) -> Table:
    rows = [["uncalibrated", *_cells(found.emotify.before)]]
    for n_answers, score in found.answers.items():
        name = f"after {n_answers} answers" if n_answers else "calibrated without answers"
        rows.append([name, *_cells(score)])
    return Table(["Emotify", "accuracy", "macro-F1"], rows)


def _cells(score: object) -> list[str]:
    return [fixed(getattr(score, name), 3) for name in ("accuracy", "macro_f1")]


def _subsets(judged: Sequence[Judgement]) -> Table:
    head = ["catalogue", "tracks", "distance", "valence", "arousal"]
    head += ["accuracy", "calibrated", "difference", "macro-F1", "calibrated"]
    rows = [
        [
            each.name,
            str(each.n_tracks),
            fixed(each.distance, 2),
            *(f"{value:+z.2f}" for value in each.offset),
            fixed(each.before.accuracy, 3),
            fixed(each.after.accuracy, 3),
            f"{_gain(each):+z.3f}",
            fixed(each.before.macro_f1, 3),
            fixed(each.after.macro_f1, 3),
        ]
        for each in judged
    ]
    return Table(head, rows)
