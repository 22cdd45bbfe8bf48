"""All ways to make a personal model, by name: a further one is a further entry."""

from collections.abc import Mapping

from training.experiments.baselines import majority, others
from training.experiments.few_labels.committee import Anew, Batches
from training.experiments.few_labels.gaussian import Gaussian, GaussianAlways
from training.experiments.few_labels.logistic import Map
from training.experiments.few_labels.method import Entry
from training.experiments.few_labels.simple import Own, population, unchanging

METHODS: Mapping[str, Entry] = {
    "majority": Entry(
        unchanging(majority),
        "how frequent the quadrants are among the other listeners' labels",
    ),
    "population": Entry(unchanging(population), "the shared committee"),
    "others": Entry(
        unchanging(others),
        "other listeners' labels of the very track, smoothed; of a cold track the majority",
    ),
    "own": Entry(Own, "a logistic regression on the listener's own labels alone"),
    "map": Entry(
        Map,
        "a logistic regression that starts from the population's log-odds; the variances of its"
        " weights and levels are learnt from the other listeners, by Laplace's evidence",
    ),
    "committee-successive": Entry(
        Batches,
        "the shared committee, each batch of labels learnt on top of the last",
    ),
    "committee-refit": Entry(Anew, "the shared committee, all labels learnt at once"),
    "gaussian": Entry(
        Gaussian,
        "the hierarchical Gaussian model of valence and arousal; the population's answer where the"
        " listener's labels give no evidence against it",
        is_ours=True,
        revision=3,
    ),
    "gaussian-always": Entry(
        GaussianAlways, "the same without falling back on the population", revision=3
    ),
}
