"""The report on personal models: its figures are those of what is stored."""

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss
from statsmodels.stats.multitest import multipletests

from training.experiments.cohort import UnfairComparisonError, UnfinishedError
from training.experiments.few_labels.method import Entry
from training.experiments.few_labels.methods import METHODS
from training.experiments.few_labels.plan import Plan, Protocol, UnitKey
from training.experiments.few_labels.report import page, read_findings, targets, write_report
from training.experiments.few_labels.results import Results, Unit
from training.experiments.splits import JudgedTracks
from training.metrics import ece, score
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
        asked=np.random.default_rng([who, split, 99]).permutation(200)[:52],
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


@pytest.fixture(scope="module", name="text")
def _text(found, fewer):
    return page(found, TOLD, fewer)


def test_the_page_is_the_stored_one(found, fewer, expect_page):
    """`python -m pytest FILE --update-pages` stores it anew; read the difference."""
    there = replace(PLAN, protocol=replace(PROTOCOL, dataset="agreement"))
    found = replace(found, plan=there, left_out=["listener 98", "listener 99"])

    expect_page("personalise.md", page(found, TOLD, fewer))


def test_the_page_of_one_listener_is_the_stored_one(results, expect_page):
    found = read_findings(results, PLAN, LISTENERS[:1])[0]
    plan = replace(PLAN, protocol=replace(PROTOCOL, dataset="emotify", population="deam"))

    expect_page("personalise-of-one.md", page(replace(found, plan=plan), TOLD))


def test_the_page_without_any_of_ours_is_the_stored_one(results, expect_page):
    found, *_ = read_findings(results, replace(PLAN, methods=("population", "map")), LISTENERS)

    expect_page("personalise-without-ours.md", page(found, TOLD))


def stored(results, method):
    """All units of a method ``[listener][split]``."""
    return [
        [results.unit(UnitKey(who, split, method)).under(0) for split in range(PLAN.n_splits)]
        for who in LISTENERS
    ]


def f1_of(results, method, step, mask=lambda judged: np.ones(len(judged.y), bool)):
    """Weighted F1 of each listener, recomputed by scikit-learn from what is stored."""
    return np.array(
        [
            np.mean(
                [
                    f1_score(
                        one.judged.y[mask(one.judged)],
                        one.proba[step].argmax(axis=1)[mask(one.judged)],
                        average="weighted",
                        zero_division=0,
                    )
                    for one in splits
                ]
            )
            for splits in stored(results, method)
        ]
    )


@pytest.mark.parametrize("method", METHODS_RUN)
@pytest.mark.parametrize("step", range(3))
def test_f1_is_that_of_the_stored_predictions(results, found, text, method, step):
    masks = (
        lambda judged: np.ones(len(judged.y), bool),
        lambda judged: ~judged.is_cold,
        lambda judged: judged.is_cold,
    )
    for part, mask in enumerate(masks):
        expected = f1_of(results, method, step, mask).mean()
        assert found.f1.estimate[found.place(method), part, step] == pytest.approx(expected)
        table = text.split("## Weighted F1")[1].split("### ")[1 + part]
        row = next(line for line in table.splitlines() if line.startswith(f"| `{method}` |"))
        assert f"{expected:.3f} [" in row.split("|")[2 + step]


def test_accuracy_nll_and_what_changed_are_those_of_the_stored_predictions(results, found):
    for place, method in enumerate(METHODS_RUN):
        for step in range(3):
            every = stored(results, method)
            right = [[_right(one, step).mean() for one in splits] for splits in every]
            lost = [[_nll(one, step) for one in splits] for splits in every]
            moved = [
                [(_answered(one, step) != _answered(one, 0)).mean() for one in splits]
                for splits in every
            ]
            accuracy, nll = (found.figures[name].estimate for name in ("accuracy", "NLL"))
            assert accuracy[place, 0, step] == pytest.approx(np.mean(right))
            assert nll[place, 0, step] == pytest.approx(np.mean(lost), rel=1e-5)
            assert found.changed(method, step).estimate == pytest.approx(np.mean(moved))


def _answered(one, step):
    return one.proba[step].argmax(axis=1)


def _right(one, step):
    return _answered(one, step) == one.judged.y


def _nll(one, step):
    return -np.log(one.proba[step][np.arange(len(one.judged.y)), one.judged.y]).mean()


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


def test_a_lower_nll_is_better(found):
    gained = found.contrasts("ours", "all", "NLL")[-1]

    assert gained.against == "0 labels"
    assert gained.line.difference.estimate < 0
    assert gained.verdict == "**better**"


def test_each_crowd_of_others_has_figures_of_its_own(found, fewer, text):
    (alone,) = fewer
    place = found.place("ours")

    assert (found.n_others, alone.n_others) == (None, 0)
    assert found.figures["accuracy"].estimate[place, 0, 2] > 0.7
    assert alone.figures["accuracy"].estimate[place, 0, 2] == pytest.approx(
        alone.figures["accuracy"].estimate[place, 0, 0]
    )
    assert "### Nobody else: accuracy" in text


@pytest.mark.parametrize(
    ("n_labels", "judged_at"),
    [((0, 4, 8, 28, 52), (8, 52)), ((0, 4, 8, 28), (8, 28)), ((0, 5), (5,)), ((0, 8), (8,))],
)
def test_differences_are_tested_at_8_labels_and_at_the_most(found, n_labels, judged_at):
    plan = replace(PLAN, protocol=replace(PROTOCOL, n_labels=n_labels))

    assert replace(found, plan=plan).judged_at == judged_at


def test_the_harmed_are_counted(results, found, text):
    for method in METHODS_RUN:
        lost = (f1_of(results, method, 2) < f1_of(results, method, 0)).sum()
        assert found.harmed(method, 52)[0] == lost
    harmed = text.split("## Who is harmed")[1].split("## ")[0]
    n_lost = (f1_of(results, "map", 2) < f1_of(results, "map", 0)).sum()
    assert 0 < n_lost < len(LISTENERS)
    row = next(line for line in harmed.splitlines() if line.startswith("| `map` |"))
    assert row.split("|")[3].strip().startswith(f"{n_lost} of 10: ")


def test_quality_is_of_all_predictions_together(results, found):
    for place, method in enumerate(METHODS_RUN):
        every = [one for splits in stored(results, method) for one in splits]
        y = np.concatenate([one.judged.y for one in every])
        for column, step in enumerate((0, 1, 2)):
            proba = np.concatenate([one.proba[step] for one in every]).astype(float)
            nll, brier, error = found.quality[:, place, column]
            assert nll == pytest.approx(
                log_loss(y, proba / proba.sum(axis=1, keepdims=True), labels=range(4)), rel=1e-5
            )
            assert brier == pytest.approx(((proba - np.eye(4)[y]) ** 2).sum(axis=1).mean())
            assert error == pytest.approx(score(ece, y, proba))


def test_coverage_is_that_of_the_stored_sets(results, found):
    assert found.with_sets == ["ours"]
    for part, wanted in enumerate((None, False, True)):
        for step in range(3):
            covered, size = [], []
            for splits in stored(results, "ours"):
                hits, sizes = [], []
                for one in splits:
                    at = slice(None) if wanted is None else one.judged.is_cold == wanted
                    sets, y = one.sets[step][at], one.judged.y[at]
                    hits.append(sets[np.arange(len(y)), y].mean())
                    sizes.append(sets.sum(axis=1).mean())
                covered.append(np.mean(hits))
                size.append(np.mean(sizes))
            spread = found.coverage("ours", part, step)
            assert spread.mean.estimate == pytest.approx(np.mean(covered))
            assert spread.deviation == pytest.approx(np.std(covered, ddof=1))
            assert spread.size == pytest.approx(np.mean(size))
            assert spread.low <= spread.mean.estimate <= spread.high


def test_milliseconds_are_means(text):
    row = next(
        line
        for line in text.split("## Milliseconds")[1].splitlines()
        if line.startswith("| `map` |")
    )
    assert [cell.strip() for cell in row.split("|")[2:6]] == ["1.000", "2.000", "4.000", "500.000"]


def test_sets_that_cover_too_little_are_told_with_the_gap(tmp_path):
    found, _ = read_findings(fill(Results(tmp_path, PROTOCOL), covers=0.6), PLAN, LISTENERS)
    mean = found.covered("ours").estimate[0, 0]

    text = page(found, TOLD)

    assert "`ours`: **not everywhere** within 80% ± 3 of all tracks: " in text
    assert f"{mean:.1%} at 0 labels ({100 * (0.77 - mean):.1f} points under the range)" in text


def test_whether_sureness_is_earned_is_told_with_the_gap(found):
    quality = found.quality.copy()
    quality[2, found.place("ours")] = 0.05, 0.02, 0.0732

    text = page(replace(found, quality=quality), TOLD)

    assert "0.020 at 8 labels, within; 0.073 at 52 labels, **0.023 above**." in text


def test_whether_a_target_was_reached_is_told(found):
    there = replace(PLAN, protocol=replace(PROTOCOL, dataset="agreement"))
    accuracy, nll = targets.targets(replace(found, plan=there), "ours")
    elsewhere = targets.targets(found, "ours")

    gained = found.figures["accuracy"].estimate[:, 0, 1]
    gain = gained[found.place("ours")] - gained[found.place("gaussian-shipped")]
    assert accuracy.gain == pytest.approx(gain)
    assert accuracy.missed_by == pytest.approx(0.03 - gain)
    assert nll.gain == pytest.approx(-nll.line.difference.estimate)
    assert elsewhere == []


@pytest.mark.slow
def test_the_page_names_command_data_listeners_and_splits(results, tmp_path):
    written = write_report(results, PLAN, LISTENERS, tmp_path, TOLD)
    text = written.read_text(encoding="utf-8")

    assert TOLD.command in text
    assert TOLD.about in text
    assert "10 listeners of `synthetic`" in text
    assert "3 seeded splits" in text
    for name in re.findall(r"\]\((\w+\.png)\)", text):
        assert (tmp_path / name).stat().st_size > 1000
    assert {"curves.png", "reliability.png", "coverage.png", "others.png"} == set(
        re.findall(r"\]\((\w+\.png)\)", text)
    )
    again = write_report(results, PLAN, LISTENERS, tmp_path / "again", TOLD)
    assert again.read_bytes() == written.read_bytes()


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
        one = replace(one, asked=one.asked[::-1])
    else:
        one = replace(one, judged=replace(one.judged, y=(one.judged.y + 1) % 4))
    results.put(one)

    with pytest.raises(UnfairComparisonError, match="map"):
        read_findings(results, PLAN, LISTENERS)
