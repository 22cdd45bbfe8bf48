"""What the paper claims, and whether it came out here: a sentence each, from the tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.experiments.active_learning.results import COMMITTEE
from training.reporting.active_learning.comparison import Comparison
from training.reporting.cells import p_value, signed

CONSENSUS_MODES = ("mc", "hc", "mix")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and the comparisons that decide it.

    Attributes:
        text: What is claimed.
        comparisons: All that bear on it, corrected for already.
        primary: Those that must all be better for the claim to hold; if any other is, it holds in
            part.
        suffices_one: Whether one better comparison makes the claim hold.
    """

    text: str
    comparisons: Sequence[Comparison]
    primary: Sequence[Comparison]
    suffices_one: bool = False

    @property
    def verdict(self) -> str:
        """Whether it holds."""
        better = sum(one.is_better for one in self.comparisons)
        if not all(one.is_judged for one in self.comparisons):
            return "cannot be told with so few listeners"
        if all(one.is_better for one in self.primary) or (better and self.suffices_one):
            return "holds" if self._is_firm else "is borderline: other tests do not bear it out"
        if better:
            return "holds only in part"
        opposite = any(one.is_worse for one in self.comparisons)
        return "does not hold; somewhere the opposite does" if opposite else "does not hold"

    @property
    def _is_firm(self) -> bool:
        """Whether other tests come to the same verdict."""
        if self.suffices_one:
            return any(one.is_firm for one in self.comparisons)
        return all(one.is_firm for one in self.primary)

    def __str__(self) -> str:
        """Return the sentence, in Markdown."""
        better = [one for one in self.comparisons if one.is_better]
        worse = [one for one in self.comparisons if one.is_worse]
        return (
            f"**“{self.text}” {self.verdict}.** {self._figures} Of {len(self.comparisons)}"
            f" comparisons, above: {len(better)}{_whose(better)}; below:"
            f" {len(worse)}{_whose(worse)} (corrected p < .05)."
        )

    @property
    def _figures(self) -> str:
        """Return what decides: the one, the two, or the ends of what must all be better."""
        if self.suffices_one:
            above = [one for one in self.comparisons if one.difference.estimate > 0]
            best = min(above or self.comparisons, key=lambda one: one.p)
            return f"The clearest, {best.predictor}, {best.outcome}: {_figure(best)}."
        ordered = sorted(self.primary, key=lambda one: one.difference.estimate)
        ends = [ordered[0], ordered[-1]] if len(ordered) > 1 else ordered
        least = ", from least to greatest" if len(ordered) > len(ends) else ""
        told = ", ".join(_figure(one) for one in ends)
        return f"Committee, {ordered[0].outcome}{least}: {told}."


def claims(control: Sequence[Comparison], start: Sequence[Comparison]) -> list[Claim]:
    """Return all claims.

    Args:
        control: Every mode against random asking; none where that was not run.
        start: Every way against 0 labels.
    """
    told = [_beats(mode, control) for mode in dict.fromkeys(one.first[1] for one in control)]
    of_consensus = [one for one in control if one.first[1] in CONSENSUS_MODES]
    if of_consensus:
        text = "any consensus beats random at equal starts"
        primary = _primary(of_consensus, "area")
        told.append(Claim(text, of_consensus, primary, suffices_one=True))
    told.append(Claim("learning improves on 0 labels", start, _primary(start, "final")))
    return told


def _beats(mode: str, control: Sequence[Comparison]) -> Claim:
    about = [one for one in control if one.first[1] == mode]
    return Claim(f"{mode} beats {about[0].second}", about, _primary(about, "area"))


def _primary(comparisons: Sequence[Comparison], outcome: str) -> list[Comparison]:
    """Return what a listener is served: the committee's."""
    return [one for one in comparisons if one.predictor == COMMITTEE and one.outcome == outcome]


def _figure(one: Comparison) -> str:
    how, mode = one.first
    corrected = p_value(one.corrected)
    return f"{signed(one.difference)} (`{mode}`, `{how}`, corrected p {corrected})"


def _whose(comparisons: Sequence[Comparison]) -> str:
    """Return whose comparisons they are, such as `` (gnb 2, committee 1)``."""
    counts = Counter(one.predictor for one in comparisons)
    told = ", ".join(f"{predictor} {n}" for predictor, n in counts.items())
    return f" ({told})" if told else ""
