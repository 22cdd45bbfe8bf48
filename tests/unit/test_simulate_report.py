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
        asked=rng.permutation(200)[: PROTOCOL.n_asked] if mode == "rand" else np.arange(20),
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
    """`python -m pytest FILE --update-pages` stores it anew; read the difference."""
    scores = [replace(one, n_exhausted=1) for one in planted.listeners[:2]]
    listeners = [*scores, *planted.listeners[2:]]

    text = page(replace(planted, listeners=listeners, left_out=["listener 98"]), TOLD)

    expect_page("simulation.md", text)


def test_the_page_of_one_listener_and_mode_is_the_stored_one(tmp_path, expect_page):
    plan = replace(PLAN, modes=("rand",), personalisers=("successive",), n_splits=1)
    found = _findings(_fill(tmp_path, plan, 1), plan)
    protocol = replace(PROTOCOL, population="snapshot", algorithms=("gnb", "cnn"))

    text = page(replace(found, plan=replace(plan, protocol=protocol)), replace(TOLD, about=""))

    expect_page("simulation-of-one.md", text)


def test_a_listeners_page_is_the_stored_one(planted, expect_page):
    text = evaluation(planted.listeners[0], PLAN)

    expect_page("simulation-listener.md", text)


def test_a_planted_advantage_is_found(planted):
    verdicts = _verdicts(planted)

    assert verdicts["mc beats rand"] == "holds"
    assert verdicts["any consensus beats random at equal starts"] == "holds"
    for one in against_control(planted):
        if one.first[1] == "mc":
            assert one.line.is_better
            assert one.line.corrected < 0.05
            assert one.line.together[0] > 0


def test_a_planted_harm_is_no_advantage(planted):
    verdict = _verdicts(planted)["hc beats rand"]

    assert verdict.startswith("does not hold")
    assert not any(one.line.is_better for one in against_control(planted) if one.first[1] == "hc")


def test_learning_that_helps_in_one_mode_only_helps_in_part(planted):
    assert _verdicts(planted)["learning improves on 0 labels"] == "holds only in part"


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


def test_slopes_and_losses_are_counted_by_listener(planted):
    mc, rand = (planted.ways.index(("successive", mode)) for mode in ("mc", "rand"))

    assert (planted.n_positive[mc] == 12).all()
    assert (planted.n_worse[mc] == 0).all()
    assert (planted.n_positive[rand] < 12).all()
    assert (planted.n_worse[rand] > 0).all()
    assert planted.slope.low[mc].min() > 0


def test_figures_are_means_over_splits_and_then_over_listeners(planted):
    area = [one.f1[:, 0, :, :, 1:].mean(axis=-1) for one in planted.listeners]
    mc, rand = (planted.ways.index(("refit", mode)) for mode in ("mc", "rand"))
    expected = np.mean([each[mc, 0, 1] - each[rand, 0, 1] for each in area])

    found = [
        one.line.difference.estimate
        for one in against_control(planted)
        if (*one.first, one.predictor, one.outcome) == ("refit", "mc", "sgd", "area")
    ]

    assert found == [pytest.approx(expected)]


def test_better_answers_have_better_probabilities(planted):
    mc = planted.ways.index(("successive", "mc"))

    at_start, at_end = np.moveaxis(planted.quality.estimate[mc], -1, 0)

    assert (at_end[:2] < at_start[:2]).all()  # NLL and Brier


def test_exhausted_pools_are_told(tmp_path):
    plan = replace(PLAN, modes=("mc", "hc"), personalisers=("successive",), n_splits=1)
    results = _fill(tmp_path, plan, 2)

    assert read_listener(results, plan, "listener 0").n_exhausted == 1


def test_every_row_of_a_table_has_the_cells_of_its_head(written):
    _, _, path = written
    text = path.read_text(encoding="utf-8")

    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)

    assert len(tables) > 10
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_the_page_tells_its_command_its_data_and_what_was_compared(written):
    text = written[2].read_text(encoding="utf-8")

    assert f"```sh\n{COMMAND}\n```" in text
    assert "Made up." in text
    assert "in each of 18 pairs of listener and split, all 3 ways" in text
    assert "(54 units; otherwise this page is refused)" in text
    assert "Corrected for 12 comparisons." in text
    assert "nan" not in text
    assert "Ways of learning" not in text  # there is but one


def test_every_picture_is_there_and_is_a_png(written):
    _, _, path = written
    names = re.findall(r"!\[.*\]\((.+)\)", path.read_text(encoding="utf-8"))

    assert names == ["curves-successive.png", "parts-successive.png", "differences-successive.png"]
    for name in names:
        assert (path.parent / name).read_bytes().startswith(b"\x89PNG")


def test_the_html_asks_nobody_for_anything(written):
    told = (written[2].parent / "index.html").read_text(encoding="utf-8")

    sources = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'>\s]+)""", told)
    assert sum(source.startswith("data:image/png;base64,") for source in sources) == 3
    assert all(source.startswith(("data:", "#")) for source in sources)
    for forbidden in ("http:", "https:", "<script", "<link", "<iframe", "@import", "url("):
        assert forbidden not in told


def test_the_html_tells_what_the_markdown_tells(written):
    path = written[2]
    told = (path.parent / "index.html").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")

    for cell in re.findall(r"\d\.\d{3} \[[^\]]+\]", text):
        assert cell in told
    anchors = re.findall(r'href="#([^"]+)"', told)
    assert len(anchors) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert all(f'id="{anchor}"' in told for anchor in anchors)


def test_markup_in_a_name_does_not_become_html(planted, tmp_path):
    names = ["<script>alert(1)</script>", "[x](https://x.org)", "![x](https://x.org/x.png)"]
    one, *others = planted.listeners
    named = [replace(one, listener=name) for name in names]
    found = replace(planted, listeners=[*named, *others[: 12 - len(named)]])
    text = page(found, replace(TOLD, command="<b>", about=names[0]))

    told = html(re.sub(r"^!\[.*\n", "", text, flags=re.MULTILINE), tmp_path)

    assert not re.search("<script|<b>|<a href=.https|<img", told)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told


def test_every_listener_has_an_evaluation(written):
    results, plan, _ = written

    for listener in results.listeners():
        text = (results.home(listener) / "evaluation.md").read_text(encoding="utf-8")
        assert text.startswith(f"# Listener {listener}\n")
        assert (results.home(listener) / "evaluation.png").exists()
        reports = {path.name for path in (results.home(listener) / "classification").iterdir()}
        assert reports == {f"0-{mode}-successive.txt" for mode in plan.modes}
        for mode in plan.modes:
            assert f"### `{mode}`, `successive`" in text
        assert "| 20 | 0." in text  # the curve's last row
        assert "nan" not in text


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes(written, tmp_path):
    results, plan, path = written
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    evaluation = (results.home("listener 0") / "evaluation.png").read_bytes()

    write_report(results, plan, tmp_path, TOLD)

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before
    assert (results.home("listener 0") / "evaluation.png").read_bytes() == evaluation


@pytest.mark.parametrize("field", ["proba", "answers"])
def test_units_that_do_not_begin_alike_are_refused(tmp_path, field):
    results = _fill(tmp_path, PLAN, 1)
    unit = _unit(0, 2, ("hc", "refit"), 0.0)
    changed = getattr(unit, field).copy()
    changed[0, 1, 3] = np.roll(changed[0, 1, 3], 1) if field == "proba" else 3 - changed[0, 1, 3]
    results.put(replace(unit, **{field: changed}))

    with pytest.raises(UnfairComparisonError, match=r"'listener 0', split 2: hc \(refit\)"):
        read_listener(results, PLAN, "listener 0")


def test_units_judged_on_other_tracks_are_refused(tmp_path):
    results = _fill(tmp_path, PLAN, 1)
    unit = _unit(0, 1, ("mc", "successive"), 0.0)
    results.put(replace(unit, judged=replace(unit.judged, is_cold=~unit.judged.is_cold)))

    with pytest.raises(UnfairComparisonError, match="split 1"):
        read_listener(results, PLAN, "listener 0")


def test_a_unit_that_asked_twice_is_refused(tmp_path):
    results = _fill(tmp_path, PLAN, 1)
    results.put(replace(_unit(0, 0, ("mc", "refit"), 0.0), asked=np.array([1, 2, 1])))

    with pytest.raises(UnfairComparisonError, match=r"mc \(refit\) asked about a track twice"):
        read_listener(results, PLAN, "listener 0")


def test_what_the_plan_does_not_name_is_not_read(tmp_path):
    results = _fill(tmp_path, PLAN, 1)
    unit = _unit(0, 0, ("hc", "successive"), 0.0)
    results.put(replace(unit, answers=unit.answers[:, ::-1]))  # would be refused

    plan = replace(PLAN, modes=("mc", "rand"), n_splits=2)

    assert read_listener(results, plan, "listener 0").f1.shape == (4, 3, 2, 3, N_ROUNDS + 1)


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


def test_only_the_chosen_listeners_are_reported_on(tmp_path):
    plan = replace(PLAN, modes=("rand",), personalisers=("successive",), n_splits=1)
    results = _fill(tmp_path / "runs", plan, 3)
    chosen = ["listener 2", "listener 0"]

    path = write_report(results, plan, tmp_path / "page", TOLD, listeners=chosen)

    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^\| (listener \d) \|", text, re.MULTILINE) == sorted(chosen)
    assert "Left out" not in text


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
    told = _baselines(0, 0)
    none_cold = replace(told.judged, is_cold=np.zeros(N_TEST, bool))
    results.put_baselines(replace(told, judged=none_cold))

    found = _findings(results, plan)

    cold = np.array([one.f1[0, 2, 1, -1, -1] for one in found.listeners])
    assert np.isnan(cold[0])
    assert found.curves[0].estimate[2, 1, -1, -1] == pytest.approx(cold[1:].mean())
    assert [one.n_empty[2] for one in found.listeners] == [1, 0, 0, 0, 0, 0]
