"""Metrics for Prometheus: counted by route template, never by path, so that no user id gets in.

All workers are summed: each keeps its numbers in a file of the folder that BentoML gives them, and
whichever is asked reads all files.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Routes:
    """Knows every route's template and which methods it takes."""

    def __init__(self, routes: Iterable[tuple[str, str]]) -> None:
        """Take pairs of a template, such as ``/tracks/{track_id}``, and a method."""
        methods: dict[str, set[str]] = {}
        for template, method in routes:
            methods.setdefault(template, set()).add(method)
        self._methods: Mapping[str, str] = {
            template: ", ".join(sorted(taken)) for template, taken in methods.items()
        }
        self._patterns = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", template)), template)
            for template in methods
            if "{" in template
        ]

    def template(self, path: str) -> str:
        """Return the template that a path follows, or ``unmatched``."""
        if path in self._methods:
            return path
        for pattern, template in self._patterns:
            if pattern.fullmatch(path):
                return template
        return UNMATCHED

    def allowed(self, template: str) -> str:
        """Return the methods that a template takes, as the Allow header writes them."""
        return self._methods.get(template, "")


class Metrics:
    """Counts requests and labels."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder that the workers share, or None when this process is alone."""
        self._folder = folder
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "attune_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "attune_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._labels = Counter(
            "attune_labels_accepted",
            "Labels recorded, repeats not counted.",
            registry=self._registry,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def count_labels(self, n: int) -> None:
        """Count labels that were recorded."""
        self._labels.inc(n)

    def exposition(self) -> bytes:
        """Return the numbers of all workers in Prometheus' text format."""
        if self._folder is None:
            return generate_latest(self._registry)
        summed = CollectorRegistry()
        MultiProcessCollector(summed, str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(summed)
