"""The report on personal models: its figures are those of what is stored."""

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score
from statsmodels.stats.multitest import multipletests

from training.experiments.cohort import UnfairComparisonError, UnfinishedError
from training.experiments.few_labels.method import Entry
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Plan, Protocol, UnitKey
from training.experiments.few_labels.report import page, read_findings, write_report
from training.experiments.few_labels.results import Results, Unit
from training.experiments.splits import JudgedTracks
from training.reporting.render import Provenance

PROTOCOL = Protocol(
    "synthetic", n_labels=(0, 8, 52), n_others=(None, 0), algorithms=("gnb", "sgd")
)
METHODS_RUN = ("population", "map", "committee-successive", "gaussian-shipped", "ours")
PLAN = Plan(PROTOCOL, METHODS_RUN, n_splits=3, min_labels=80)
LISTENERS = [f"listener {n}" for n in range(10)]
COMMAND = "python -m training personalise --dataset synthetic"
TOLD = Provenance(COMMAND, "Drawn by lot.", "Python and libraries")
N_TEST = 40
SKILL = {"population": (0.5, 0.5, 0.5), "ours": (0.5, 0.6, 0.7)}


@pytest.fixture(autouse=True, scope="module")
def _ours():
    with pytest.MonkeyPatch.context() as patch:
        drawn = Entry(lambda *_: None, "drawn", reads_votes=True, is_ours=True)
        patch.setitem(METHODS, "ours", drawn)
        yield


def unit(listener, split, method, *, is_cold=None, covers=0.8):
    """A unit as right as SKILL says, whose sets cover as much."""
    who = LISTENERS.index(listener)
    rng = np.random.default_rng([who, split])
    y = rng.integers(4, size=N_TEST)
    cold = rng.random(N_TEST) < 0.5 if is_cold is None else is_cold
    rng = np.random.default_rng([who, split, METHODS_RUN.index(method)])
    skills = np.array(SKILL.get(method, (0.5, 0.5, 0.5)))[:, None]
    answered = np.where(rng.random((3, N_TEST)) < skills, y, rng.integers(4, size=(3, N_TEST)))
    sure = rng.uniform(0.3, 0.9, size=(3, N_TEST, 1))
    proba = np.where(np.eye(4, dtype=bool)[answered], sure, (1 - sure) / 3).astype(np.float32)
    sets = None
    if method == "ours":
        sets = rng.random((3, N_TEST, 4)) < 0.5
        sets[:, np.arange(N_TEST), y] = rng.permutation(N_TEST) < covers * N_TEST
    return Unit(
        key=UnitKey(listener, split, method),
        judged=JudgedTracks(y, cold),
        n_labels=np.array(PROTOCOL.n_labels),
        labelled=np.random.default_rng([who, split, 99]).permutation(200)[:52],
        proba=np.stack([proba, proba[[0, 0, 0]]]),  # without votes, answers change nothing
        sets=None if sets is None else np.stack([sets, sets]),
        seconds=np.array([0.001, 0.002, 0.004]),
        making=0.5,
    )


def fill(results, plan=PLAN, listeners=LISTENERS, **how):
    for listener in listeners:
        for split in range(plan.n_splits):
            for method in plan.methods:
                results.put(unit(listener, split, method, **how))
    return results


@pytest.fixture(scope="module", name="results")
def _results(tmp_path_factory):
    return fill(Results(tmp_path_factory.mktemp("results"), PROTOCOL))


@pytest.fixture(scope="module", name="found")
def _found(results):
    return read_findings(results, PLAN, LISTENERS)[0]


@pytest.fixture(scope="module", name="fewer")
def _fewer(results):
    return read_findings(results, PLAN, LISTENERS)[1:]


def test_the_page_is_the_stored_one(found, fewer, expect_page):
    there = replace(PLAN, protocol=replace(PROTOCOL, dataset="agreement"))
    found = replace(found, plan=there, left_out=["listener 98", "listener 99"])

    expect_page("personalise.md", page(found, TOLD, fewer))


def stored(results, method):
    """All units of a method ``[listener][split]``."""
    return [
        [results.unit(UnitKey(who, split, method)).under(0) for split in range(PLAN.n_splits)]
        for who in LISTENERS
    ]


def f1_of(results, method, step):
    """Weighted F1 of each listener, recomputed by scikit-learn from what is stored."""

    def f1(one):
        return f1_score(one.judged.y, one.proba[step].argmax(axis=1), average="weighted")

    return np.array([np.mean([f1(one) for one in splits]) for splits in stored(results, method)])


@pytest.mark.slow
def test_differences_are_paired_and_corrected_for_their_number(results, found):
    lines = found.contrasts("ours", "all", "weighted F1")

    assert [(one.against, one.n_labels) for one in lines] == [
        (against, n) for n in (8, 52) for against in (*METHODS_RUN[:-1], "0 labels")
    ]
    for one in lines:
        step = PROTOCOL.n_labels.index(one.n_labels)
        other = ("ours", 0) if one.against == "0 labels" else (one.against, step)
        expected = f1_of(results, "ours", step) - f1_of(results, *other)
        assert one.line.difference.estimate == pytest.approx(expected.mean())
        assert one.line.difference.low < expected.mean() < one.line.difference.high
        assert one.line.corrected >= one.line.p
    corrected = multipletests([one.line.p for one in lines], method="holm")[1]
    np.testing.assert_allclose([one.line.corrected for one in lines], corrected)
    gained = lines[-1]
    assert gained.verdict == "**better**"
    assert gained.line.difference.estimate == pytest.approx(0.2 * 0.75, abs=0.08)


def test_a_missed_calibration_is_told_by_how_much(tmp_path):
    found, _ = read_findings(fill(Results(tmp_path, PROTOCOL), covers=0.6), PLAN, LISTENERS)
    quality = found.quality.copy()
    quality[2, found.place("ours")] = 0.05, 0.02, 0.0732
    mean = found.covered("ours").estimate[0, 0]

    text = page(replace(found, quality=quality), TOLD)

    assert "`ours`: **not everywhere** within 80% ± 3 of all tracks: " in text
    assert f"{mean:.1%} at 0 labels ({100 * (0.77 - mean):.1f} points under the range)" in text
    assert "0.020 at 8 labels, within; 0.073 at 52 labels, **0.023 above**." in text


@pytest.mark.parametrize(
    ("methods", "n_listeners", "admitted"),
    [(METHODS_RUN, 1, "n/a"), (("population", "map"), 10, "`map`")],
)
def test_a_page_with_nothing_to_compare_has_no_verdict(results, methods, n_listeners, admitted):
    plan = replace(PLAN, methods=methods)
    found, *_ = read_findings(results, plan, LISTENERS[:n_listeners])

    text = page(found, TOLD)

    assert admitted in text
    assert "**better**" not in text
    assert "nan" not in text


@pytest.mark.slow
def test_the_same_results_give_the_same_page_with_its_pictures(results, tmp_path):
    written, again = (
        write_report(results, PLAN, LISTENERS, tmp_path / name, TOLD) for name in ("one", "two")
    )

    assert again.read_bytes() == written.read_bytes()
    names = set(re.findall(r"\]\((\w+\.png)\)", written.read_text(encoding="utf-8")))
    assert names == {"curves.png", "reliability.png", "coverage.png", "others.png"}
    for name in names:
        assert (written.parent / name).read_bytes().startswith(b"\x89PNG")


def test_who_has_no_cold_track_is_left_out_of_cold_figures(tmp_path):
    results = fill(Results(tmp_path, PROTOCOL))
    for split in range(3):
        for method in METHODS_RUN:
            none = np.zeros(N_TEST, bool)
            results.put(unit(LISTENERS[0], split, method, is_cold=none))
    found, _ = read_findings(results, PLAN, LISTENERS)
    lines = found.contrasts("ours", "cold", "weighted F1")

    assert not np.isnan(found.f1.estimate).any()
    assert len(lines) == 10
    assert not np.isnan([one.line.p for one in lines]).any()
    assert "3 without a cold one" in page(found, TOLD)


def test_unfinished_listeners_are_left_out_by_name(tmp_path):
    results = fill(Results(tmp_path, PROTOCOL), listeners=LISTENERS[:8])
    found, _ = read_findings(results, PLAN, LISTENERS)

    assert "2 (listener 8, listener 9)" in page(found, TOLD)
    with pytest.raises(UnfinishedError, match="2 listeners"):
        read_findings(results, PLAN, LISTENERS[8:])


@pytest.mark.parametrize("what", ["asked", "y"])
def test_methods_that_were_not_on_a_par_are_refused(tmp_path, what):
    results = fill(Results(tmp_path, PROTOCOL))
    one = unit(LISTENERS[0], 0, "map")
    if what == "asked":
        one = replace(one, labelled=one.labelled[::-1])
    else:
        one = replace(one, judged=replace(one.judged, y=(one.judged.y + 1) % 4))
    results.put(one)

    with pytest.raises(UnfairComparisonError, match="map"):
        read_findings(results, PLAN, LISTENERS)
