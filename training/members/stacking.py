"""Fits the stackers of scikit-learn: a random forest and a logistic regression."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression as ScikitLogisticRegression

from models.arrays import IntVector
from models.emotion import N_QUADRANTS
from models.fusion import Evidence
from models.fusion.evidence import log_proba
from models.fusion.forest import RandomForest
from models.fusion.stacking import LogisticRegression, side_by_side

# Chosen in advance: small enough not to overfit a few hundred tracks.
_N_TREES, _TREE_DEPTH, _LEAST_LEAF = 100, 5, 5


def fit_logistic_regression(evidence: Evidence, y: IntVector) -> LogisticRegression:
    """Fit multinomial logistic regression, with a penalty of 1 on the squared weights."""
    fitted = ScikitLogisticRegression(C=1.0, max_iter=1000)
    fitted.fit(log_proba(side_by_side(evidence)), y)
    return LogisticRegression(fitted.coef_.T.copy(), fitted.intercept_.copy())


def fit_forest(evidence: Evidence, y: IntVector, seed: int) -> RandomForest:
    """Fit 100 shallow trees; each leaf has one pseudo-track with the quadrants' frequencies."""
    forest = RandomForestClassifier(
        _N_TREES, max_depth=_TREE_DEPTH, min_samples_leaf=_LEAST_LEAF, random_state=seed
    )
    forest.fit(side_by_side(evidence), y)
    prior = np.bincount(y, minlength=N_QUADRANTS) / len(y)
    # Without the prior, a quadrant that is missing in a leaf would have probability 0.
    return read_forest(forest, prior, 1.0)


def read_forest(
    forest: RandomForestClassifier, prior: NDArray[np.float64], strength: float
) -> RandomForest:
    """Return scikit-learn's forest as node arrays.

    Args:
        forest: Fitted to tracks of all four quadrants.
        prior: Distribution of a pseudo-track ``(n_quadrants,)``.
        strength: Number of pseudo-tracks per leaf; 0 gives scikit-learn's own predictions.
    """
    trees = [estimator.tree_ for estimator in forest.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees[:-1])])
    is_leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    children = np.vstack(
        [
            root + np.stack([tree.children_left, tree.children_right], axis=1)
            for tree, root in zip(trees, roots, strict=True)
        ]
    )
    n_samples = np.concatenate([tree.weighted_n_node_samples for tree in trees])[:, None]
    share = np.vstack([tree.value[:, 0, :] for tree in trees])
    return RandomForest(
        roots=roots.astype(np.int32),
        feature=np.where(is_leaf, 0, np.concatenate([t.feature for t in trees])).astype(np.int8),
        threshold=np.where(is_leaf, np.inf, np.concatenate([t.threshold for t in trees])),
        children=np.where(is_leaf[:, None], np.arange(len(is_leaf))[:, None], children).astype(
            np.int32
        ),
        value=(share * n_samples + strength * prior) / (n_samples + strength),
        depth=max(tree.max_depth for tree in trees),
    )
