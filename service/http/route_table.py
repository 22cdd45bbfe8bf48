"""The table of routes: which template a path follows, and what holds for it."""

import re
from collections.abc import Iterable, Mapping

from starlette.routing import Route

from service.http.policy import Policy, policy_of

UNMATCHED = "unmatched"
"""In the place of a template, for a path that is not served."""


class Routes:
    """Finds the template, the methods and the policy of a request without its body.

    Args:
        routes: Of the application; several may share a path.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        found = list(routes)
        self._policies = {(m, r.path): policy_of(r) for r in found for m in r.methods or ()}
        methods: dict[str, set[str]] = {}
        for method, template in self._policies:
            methods.setdefault(template, set()).add(method)
        self._methods: Mapping[str, str] = {
            template: ", ".join(sorted(taken)) for template, taken in methods.items()
        }
        self._patterns: list[tuple[re.Pattern[str], str]] = [
            (r.path_regex, r.path) for r in found if "{" in r.path
        ]

    def template(self, path: str) -> str:
        """Return the template that a path follows, or ``unmatched``."""
        if path in self._methods:
            return path
        for pattern, template in self._patterns:
            if pattern.match(path):
                return template
        return UNMATCHED

    def policy(self, method: str, template: str) -> Policy | None:
        """Return what holds for a call, or None where it is not served."""
        return self._policies.get((method, template))

    def allowed(self, template: str) -> str:
        """Return the methods that a template takes, as the Allow header writes them."""
        return self._methods.get(template, "")
