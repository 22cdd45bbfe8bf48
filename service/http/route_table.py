"""The route table: from a path to its template and its policy."""

import re
from collections.abc import Iterable, Mapping

from starlette.routing import Route

from service.http.policy import Policy, policy_of

UNMATCHED = "unmatched"
"""Template of unknown paths."""


class Routes:
    """Finds the template, the methods and the policy of a request by its path and method.

    Args:
        routes: All routes; several may share a path.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        all_routes = list(routes)
        self._policies = {(m, r.path): policy_of(r) for r in all_routes for m in r.methods or ()}
        methods: dict[str, set[str]] = {}
        for method, template in self._policies:
            methods.setdefault(template, set()).add(method)
        self._methods: Mapping[str, str] = {
            template: ", ".join(sorted(names)) for template, names in methods.items()
        }
        self._patterns: list[tuple[re.Pattern[str], str]] = [
            (r.path_regex, r.path) for r in all_routes if "{" in r.path
        ]

    def template(self, path: str) -> str:
        """Return the template of a path, or ``unmatched``."""
        if path in self._methods:
            return path
        for pattern, template in self._patterns:
            if pattern.match(path):
                return template
        return UNMATCHED

    def policy(self, method: str, template: str) -> Policy | None:
        """Return the policy of a call, or None if no route serves it."""
        return self._policies.get((method, template))

    def allowed(self, template: str) -> str:
        """Return the methods of a template in the format of the Allow header."""
        return self._methods.get(template, "")
