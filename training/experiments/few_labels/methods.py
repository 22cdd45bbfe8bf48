"""All methods of personalisation by name; add an entry to add a method."""

from collections.abc import Mapping

from training.experiments.few_labels import baselines, gaussian, logistic, map_logistic
from training.experiments.few_labels.method import Entry

METHODS: Mapping[str, Entry] = {
    "majority": Entry(
        baselines.frequencies,
        "how frequent the quadrants are among the other listeners' labels",
    ),
    "population": Entry(baselines.population, "the shared committee"),
    "others": Entry(
        baselines.Others,
        "other listeners' labels of the same track, smoothed; of a cold track the majority",
        reads_votes=True,
    ),
    "own": Entry(baselines.Own, "a logistic regression on the listener's own labels alone"),
    "map": Entry(
        map_logistic.Map,
        "a logistic regression that starts from the population's log-odds; the variances of its"
        " weights and levels are learnt from the other listeners, by Laplace's evidence; no votes",
        learn=map_logistic.learn,
        revision=2,
    ),
    "committee-successive": Entry(
        baselines.SuccessiveCommittee,
        "the shared committee, each batch of labels learnt on top of the last; no votes",
        revision=2,
    ),
    "committee-refit": Entry(
        baselines.RefitCommittee, "the shared committee, all labels learnt at once; no votes"
    ),
    "gaussian": Entry(
        gaussian.Gaussian,
        "the hierarchical Gaussian model of valence and arousal that was served up to commit"
        " cf1f2b3, its prior learnt from the other listeners; the population's answer where the"
        " listener's labels give no evidence against it",
        learn=gaussian.learn,
        reads_votes=True,
        revision=4,
    ),
    "gaussian-shipped": Entry(
        gaussian.as_shipped,
        "the same with the numbers that shipped with commit cf1f2b3, learnt on Emotify",
        reads_votes=True,
    ),
    "votes": Entry(
        logistic.VotesAlone,
        "the item prior alone: other listeners' votes beside the population, whose weight and"
        " power are learnt from the other listeners",
        learn=logistic.learn_votes,
        reads_votes=True,
    ),
    "level": Entry(
        logistic.Level,
        "the item prior and the listener's level",
        learn=logistic.learn_level,
        reads_votes=True,
    ),
    "logistic": Entry(
        logistic.Logistic,
        "the model that is served: item prior, level and taste, its four numbers learnt from the"
        " other listeners",
        learn=logistic.learn_whole,
        reads_votes=True,
        is_ours=True,
    ),
    "logistic-shipped": Entry(
        logistic.Logistic,
        "the same with a prior learnt on other studies only, like the shipped one",
        learn=logistic.learn_whole,
        learns_elsewhere=True,
        reads_votes=True,
    ),
}
