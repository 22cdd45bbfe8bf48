"""The paper's claims, decided by the tables of differences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from training.experiments.active_learning.report.differences import Comparison
from training.experiments.active_learning.results import COMMITTEE
from training.reporting.bootstrap import LEAST_LISTENERS

CONSENSUS_MODES = ("mc", "hc", "mix")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and the comparisons that decide it.

    Attributes:
        text: The claim in words.
        comparisons: All comparisons about the claim, already corrected for their number.
        primary: The claim holds if all of these are better; it holds in part if any other is.
        suffices_one: Whether one better comparison makes the claim hold.
    """

    text: str
    comparisons: Sequence[Comparison]
    primary: Sequence[Comparison]
    suffices_one: bool = False

    @property
    def better(self) -> list[Comparison]:
        """The comparisons that support the claim."""
        return [one for one in self.comparisons if one.line.is_better]

    @property
    def worse(self) -> list[Comparison]:
        """The comparisons that support the opposite."""
        return [one for one in self.comparisons if one.line.is_worse]

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if not all(one.line.is_judged for one in self.comparisons):
            return f"is not tested: a test needs at least {LEAST_LISTENERS} listeners"
        if all(one.line.is_better for one in self.primary) or (self.better and self.suffices_one):
            return "holds" if self._is_firm else "is borderline: other tests do not confirm it"
        if self.better:
            return "holds only in part"
        return "does not hold; somewhere the opposite does" if self.worse else "does not hold"

    @property
    def _is_firm(self) -> bool:
        """Whether the other tests agree with the verdict."""
        if self.suffices_one:
            return any(one.line.is_significant for one in self.comparisons)
        return all(one.line.is_significant for one in self.primary)

    @property
    def decisive(self) -> list[Comparison]:
        """The clearest comparison, or the smallest and the largest primary difference."""
        if self.suffices_one:
            above = [one for one in self.comparisons if one.line.difference.estimate > 0]
            return [min(above or self.comparisons, key=lambda one: one.line.p)]
        ordered = sorted(self.primary, key=lambda one: one.line.difference.estimate)
        return [ordered[0], ordered[-1]] if len(ordered) > 1 else ordered


def claims(control: Sequence[Comparison], start: Sequence[Comparison]) -> list[Claim]:
    """Return all claims.

    Args:
        control: Every mode against random questions; empty if these were not run.
        start: Every mode and personaliser against 0 labels.
    """
    found = [_beats(mode, control) for mode in dict.fromkeys(one.first[1] for one in control)]
    of_consensus = [one for one in control if one.first[1] in CONSENSUS_MODES]
    if of_consensus:
        text = "any consensus beats random at equal starts"
        primary = _primary(of_consensus, "area")
        found.append(Claim(text, of_consensus, primary, suffices_one=True))
    found.append(Claim("learning improves on 0 labels", start, _primary(start, "final")))
    return found


def _beats(mode: str, control: Sequence[Comparison]) -> Claim:
    about = [one for one in control if one.first[1] == mode]
    return Claim(f"{mode} beats {about[0].second}", about, _primary(about, "area"))


def _primary(comparisons: Sequence[Comparison], outcome: str) -> list[Comparison]:
    """Return the comparisons of the served predictions: those of the committee."""
    return [one for one in comparisons if one.predictor == COMMITTEE and one.outcome == outcome]


def by_predictor(comparisons: Sequence[Comparison]) -> str:
    """Return the number of comparisons of each predictor, such as ``gnb 2, committee 1``."""
    counts = Counter(one.predictor for one in comparisons)
    return ", ".join(f"{predictor} {n}" for predictor, n in counts.items())
