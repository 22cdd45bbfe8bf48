"""The report of a simulation: what is planted is found, what is unfair is refused."""

import re
from dataclasses import replace

import numpy as np
import pytest

from training.experiments.active_learning.plan import Plan, Protocol, UnitKey
from training.experiments.active_learning.report import page, write_report
from training.experiments.active_learning.report.claims import claims
from training.experiments.active_learning.report.differences import (
    against_control,
    against_first_personaliser,
    against_start,
)
from training.experiments.active_learning.report.findings import Findings
from training.experiments.active_learning.report.listener import read_listener
from training.experiments.active_learning.report.listener_page import evaluation
from training.experiments.active_learning.results import BASELINES, Baselines, Results, Unit
from training.experiments.cohort import UnfairComparisonError, UnfinishedError
from training.experiments.splits import JudgedTracks
from training.reporting.bootstrap import Bootstrap
from training.reporting.html import html
from training.reporting.render import Provenance

COMMAND = "python -m training simulate --dataset synthetic"
TOLD = Provenance(COMMAND, "Made up.", "Python and libraries")
PROTOCOL = Protocol("synthetic", ("gnb", "sgd"), n_queries=5, n_rounds=4)
PLAN = Plan(PROTOCOL, ("mc", "hc", "rand"), ("successive", "refit"), n_splits=3, min_labels=40)
N_FOLDS, N_TEST, N_ROUNDS = 2, 40, PROTOCOL.n_rounds


def _said(y, skill, shape, rng):
    """Return answers that are right with a probability, and distributions that say them."""
    right = rng.random((*shape, len(y))) < skill
    answered = np.where(right, y, rng.integers(4, size=right.shape))
    return answered, np.where(np.eye(4, dtype=bool)[answered], 0.7, 0.1).astype(np.float32)


def _judged(listener, split):
    rng = np.random.default_rng([listener, split])
    return JudgedTracks(rng.integers(4, size=N_TEST), rng.random(N_TEST) < 0.5)


def _unit(listener, split, way, gain):
    """Return a unit whose every round adds a gain to how often models are right."""
    mode, how = way
    judged = _judged(listener, split)
    names = (*PROTOCOL.algorithms, "committee")
    answers, proba = [], []
    for at in range(N_ROUNDS + 1):
        own = [PLAN.modes.index(mode), PLAN.personalisers.index(how), at] if at else []
        rng = np.random.default_rng([listener, split, 7, *own])
        skill = 0.4 + gain * at
        answers.append(_said(judged.y, skill, (N_FOLDS * (len(names) - 1),), rng)[0])
        proba.append(_said(judged.y, skill, (len(names),), rng)[1])
    rng = np.random.default_rng([listener, split, 9])
    return Unit(
        key=UnitKey(f"listener {listener}", split, mode, how),
        judged=judged,
        n_labels=PROTOCOL.n_queries * np.arange(N_ROUNDS + 1),
        labelled=rng.permutation(200)[: PROTOCOL.n_questions] if mode == "rand" else np.arange(20),
        predictors=names,
        proba=np.stack(proba),
        answers=np.stack(answers).astype(np.int8),
        seconds={"asking": 0.01, "learning": 0.03, "predicting": 0.02},
    )


def _baselines(listener, split):
    judged = _judged(listener, split)
    rng = np.random.default_rng([listener, split, 8])
    _, proba = _said(judged.y, 0.3, (N_ROUNDS + 1, len(BASELINES)), rng)
    n_labels = PROTOCOL.n_queries * np.arange(N_ROUNDS + 1)
    return Baselines(f"listener {listener}", split, judged, n_labels, BASELINES, proba)


def _fill(folder, plan, n_listeners, gains=None):
    gains = gains or {}
    results = Results(folder, PROTOCOL)
    for listener in range(n_listeners):
        for split in range(plan.n_splits):
            for way in ((mode, how) for how in plan.personalisers for mode in plan.modes):
                results.put(_unit(listener, split, way, gains.get(way[0], 0.0)))
            results.put_baselines(_baselines(listener, split))
    return results


def _findings(results, plan):
    scores = [read_listener(results, plan, listener) for listener in results.listeners()]
    return Findings(plan, scores, [], Bootstrap.of(len(scores), seed=0))


def _verdicts(found):
    return {
        claim.text: claim.verdict for claim in claims(against_control(found), against_start(found))
    }


@pytest.fixture(name="planted", scope="module")
def _planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    return _findings(_fill(folder, PLAN, 12, {"mc": 0.08, "hc": -0.02}), PLAN)


@pytest.fixture(name="written", scope="module")
def _written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    plan = replace(PLAN, personalisers=("successive",))
    results = _fill(folder / "runs", plan, 6, {"mc": 0.1})
    path = write_report(results, plan, folder / "page", TOLD)
    return results, plan, path


def test_the_page_is_the_stored_one(planted, expect_page):
    scores = [replace(one, n_exhausted=1) for one in planted.listeners[:2]]
    listeners = [*scores, *planted.listeners[2:]]

    text = page(replace(planted, listeners=listeners, left_out=["listener 98"]), TOLD)

    expect_page("simulation.md", text)


def test_a_listeners_page_is_the_stored_one(planted, expect_page):
    text = evaluation(planted.listeners[0], PLAN)

    expect_page("simulation-listener.md", text)


def test_a_planted_advantage_is_found_and_a_planted_harm_is_none(planted):
    verdicts = _verdicts(planted)

    assert verdicts["mc beats rand"] == "holds"
    assert verdicts["any consensus beats random at equal starts"] == "holds"
    assert verdicts["learning improves on 0 labels"] == "holds only in part"
    assert verdicts["hc beats rand"].startswith("does not hold")
    by_mode = {"mc": [], "hc": []}
    for one in against_control(planted):
        by_mode[one.first[1]].append(one.line)
    assert all(line.is_better and line.corrected < 0.05 for line in by_mode["mc"])
    assert all(line.together[0] > 0 for line in by_mode["mc"])
    assert not any(line.is_better for line in by_mode["hc"])


def test_every_family_is_corrected_for_all_its_lines(planted):
    control, start = against_control(planted), against_start(planted)
    assert len(control) == 2 * 2 * 3 * 2  # modes, personalisers, predictors, outcomes
    assert len(start) == 3 * 2 * 3 * 2
    assert len(against_first_personaliser(planted)) == 3 * 3 * 2
    for family in (control, start):
        least = min(one.line.p for one in family)
        assert min(one.line.corrected for one in family) == pytest.approx(least * len(family))


@pytest.mark.slow
def test_without_an_effect_nothing_is_found(tmp_path):
    found = _findings(_fill(tmp_path, PLAN, 12), PLAN)

    assert set(_verdicts(found).values()) == {"does not hold"}
    assert not any(
        one.line.is_better or one.line.is_worse for one in against_first_personaliser(found)
    )


def test_the_html_holds_the_markdowns_figures_and_asks_nobody_for_anything(written):
    message = (written[2].parent / "index.html").read_text(encoding="utf-8")
    text = written[2].read_text(encoding="utf-8")

    assert all(cell in message for cell in re.findall(r"\d\.\d{3} \[[^\]]+\]", text))
    anchors = re.findall(r'href="#([^"]+)"', message)
    assert len(anchors) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert all(f'id="{anchor}"' in message for anchor in anchors)

    sources = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'>\s]+)""", message)
    assert sum(source.startswith("data:image/png;base64,") for source in sources) == 3
    assert all(source.startswith(("data:", "#")) for source in sources)
    for forbidden in ("http:", "https:", "<script", "<link", "<iframe", "@import", "url("):
        assert forbidden not in message


def test_markup_in_a_name_does_not_become_html(planted, tmp_path):
    names = ["<script>alert(1)</script>", "[x](https://x.org)", "![x](https://x.org/x.png)"]
    one, *others = planted.listeners
    named = [replace(one, listener=name) for name in names]
    found = replace(planted, listeners=[*named, *others[: 12 - len(named)]])
    text = page(found, replace(TOLD, command="<b>", about=names[0]))

    message = html(re.sub(r"^!\[.*\n", "", text, flags=re.MULTILINE), tmp_path)

    assert not re.search("<script|<b>|<a href=.https|<img", message)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in message


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes(written, tmp_path):
    results, plan, path = written
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    homes = [results.home(listener) for listener in results.listeners()]
    of_listeners = [(home / "evaluation.png").read_bytes() for home in homes]

    write_report(results, plan, tmp_path, TOLD)

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    assert [(home / "evaluation.png").read_bytes() for home in homes] == of_listeners
    for home in homes:
        assert (home / "evaluation.md").is_file()
        reports = {each.name for each in (home / "classification").iterdir()}
        assert reports == {f"0-{mode}-successive.txt" for mode in plan.modes}


def other_start(unit):
    proba = unit.proba.copy()
    proba[0, 1, 3] = np.roll(proba[0, 1, 3], 1)
    return replace(unit, proba=proba)


def other_first_answers(unit):
    answers = unit.answers.copy()
    answers[0, 1, 3] = 3 - answers[0, 1, 3]
    return replace(unit, answers=answers)


def other_tracks(unit):
    return replace(unit, judged=replace(unit.judged, is_cold=~unit.judged.is_cold))


def asked_twice(unit):
    return replace(unit, labelled=np.array([1, 2, 1]))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (other_start, r"'listener 0', split 2: hc \(refit\)"),
        (other_first_answers, r"'listener 0', split 2: hc \(refit\)"),
        (other_tracks, "split 2"),
        (asked_twice, r"hc \(refit\) asked about a track twice"),
    ],
)
def test_units_that_were_not_on_a_par_are_refused(tmp_path, change, complaint):
    results = _fill(tmp_path, PLAN, 1)
    results.put(change(_unit(0, 2, ("hc", "refit"), 0.0)))

    with pytest.raises(UnfairComparisonError, match=complaint):
        read_listener(results, PLAN, "listener 0")


@pytest.mark.slow
def test_unfinished_listeners_are_left_out_by_name(tmp_path):
    plan = replace(PLAN, modes=("rand",), personalisers=("successive",), n_splits=1)
    results = _fill(tmp_path / "runs", plan, 1)
    results.put(_unit(3, 0, ("rand", "successive"), 0.0))  # without baselines

    path = write_report(results, plan, tmp_path / "page", TOLD)

    text = path.read_text(encoding="utf-8")
    assert "Left out, because not all of their units are done: 1 (listener 3)." in text
    assert not (results.home("listener 3") / "evaluation.md").exists()
    # One listener and one mode: figures, and no claim of what they do not show.
    assert "“learning improves on 0 labels” is not tested" in text
    assert "nothing to compare" in text
    assert "nan" not in text


def test_results_without_a_finished_listener_make_no_page(tmp_path):
    results = _fill(tmp_path, replace(PLAN, n_splits=2), 1)

    with pytest.raises(UnfinishedError, match="None of 1 listeners"):
        write_report(results, PLAN, tmp_path / "page", TOLD)


def test_a_listener_without_cold_tracks_counts_for_the_warm(tmp_path):
    plan = replace(PLAN, modes=("mc", "rand"), personalisers=("successive",), n_splits=1)
    results = _fill(tmp_path, plan, 6)
    for mode in plan.modes:
        unit = _unit(0, 0, (mode, "successive"), 0.0)
        results.put(replace(unit, judged=replace(unit.judged, is_cold=np.zeros(N_TEST, bool))))
    message = _baselines(0, 0)
    none_cold = replace(message.judged, is_cold=np.zeros(N_TEST, bool))
    results.put_baselines(replace(message, judged=none_cold))

    found = _findings(results, plan)

    cold = np.array([one.f1[0, 2, 1, -1, -1] for one in found.listeners])
    assert np.isnan(cold[0])
    assert found.curves[0].estimate[2, 1, -1, -1] == pytest.approx(cold[1:].mean())
    assert [one.n_empty[2] for one in found.listeners] == [1, 0, 0, 0, 0, 0]
