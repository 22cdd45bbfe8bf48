"""Hyperparameters of the paper's CNN; imports no torch."""

from dataclasses import dataclass
from itertools import accumulate

from models.errors import AttuneError
from training.cnn.recipe import Phase


@dataclass(frozen=True, slots=True)
class PaperSchedule:
    """Phases of fixed lengths and rates, without early stopping."""

    epochs: int
    phases: tuple[Phase, ...]
    weight_decay: float = 1e-4  # of the short-chunk CNN's authors (Won et al., 2020)

    @property
    def patience(self) -> int:
        return self.epochs

    def rate(self, phase: Phase, _progress: float, _warmed: float, /) -> float:
        return phase.rate


@dataclass(frozen=True, slots=True)
class PaperRecipe:
    """Hyperparameters of training: Adam first, then SGD at falling rates.

    Attributes:
        width: Channels of the first block.
        n_epochs: Epochs of training on the population.
        n_tuning_epochs: Epochs of fine-tuning on a listener's batch.
        batch: Largest number of tracks per step, at least 2 because batch normalisation needs two
            (with 2, an odd number of tracks has one step of 3).
        adam_rate: Learning rate of the first phase.
        sgd_rates: Learning rates of the other phases.
        switches: Epochs of each phase but the last.

    Raises:
        AttuneError: A value is below its bound, or the numbers of switches and SGD rates differ.
    """

    width: int = 128
    n_epochs: int = 200
    n_tuning_epochs: int = 100
    batch: int = 5
    adam_rate: float = 1e-4
    sgd_rates: tuple[float, ...] = (1e-3, 1e-4, 1e-5)
    switches: tuple[int, ...] = (40, 20, 20)

    def __post_init__(self) -> None:
        for name, least in (("width", 1), ("n_epochs", 1), ("n_tuning_epochs", 1), ("batch", 2)):
            _check_least(name, getattr(self, name), least)
        for n_epochs in self.switches:
            _check_least("An entry of switches", n_epochs, 1)
        if len(self.switches) != len(self.sgd_rates):
            raise AttuneError(
                f"There are {len(self.switches)} switches; there must be {len(self.sgd_rates)}, "
                "one for each of sgd_rates."
            )

    def schedule(self, n_epochs: int) -> PaperSchedule:
        """Return the schedule of ``n_epochs`` epochs; later phases are cut off."""
        ends = [min(1.0, end / n_epochs) for end in accumulate(self.switches)]
        steps = [("adam", self.adam_rate), *(("sgd", rate) for rate in self.sgd_rates)]
        pairs = zip(steps, [*ends, 1.0], strict=True)
        return PaperSchedule(n_epochs, tuple(Phase(*step, end) for step, end in pairs))


def _check_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise AttuneError(f"{name} is {value}; it must be at least {least}.")
