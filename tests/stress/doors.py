"""Every call of the contract with every kind of key that is no good, and with those that are."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Event, Thread

from tests.journey.serving import Served
from tests.stress import hostile
from tests.stress.keys import (
    ADMIN,
    SCOPES,
    Kind,
    bearer,
    id_in,
    make_key,
    make_keys,
    revoke_key,
    until_known,
)
from tests.stress.plan import BOTH, SQLITE, Bound, Plan
from tests.stress.table import Row
from tests.stress.wire import Answer, ask_all, request

NAME = "doors"
DATABASES = BOTH
BOUND = Bound(full_s=360, short_s=240)

OPEN = {("GET", "/livez"), ("GET", "/readyz")}
"""What is answered without a key."""
EITHER = {("POST", "/query"), ("GET", "/tracks/{track_id}/audio")}
PREDICT = {
    ("POST", "/predict"),
    ("POST", "/predict_batch"),
    ("POST", "/rank"),
    ("GET", "/tracks"),
    ("GET", "/tracks/{track_id}"),
    ("GET", "/model"),
}
LABEL = {
    ("POST", "/update"),
    ("GET", "/users/{user_id}"),
    ("DELETE", "/users/{user_id}"),
    ("GET", "/users/{user_id}/picture"),
    ("GET", "/users/{user_id}/labels"),
    ("POST", "/users/{user_id}/labels"),
}
"""Said once more here, so that a slip in the service's own table is noticed. What stands in none
of them is an administrator's alone, and so is what will be added."""

ONE, USER = "one listener", "ana"
KINDS: dict[str, Kind] = {scope: ((scope,), None) for scope in SCOPES} | {
    ONE: (("predict", "label"), USER)
}
"""Keys that are good: one for each scope, and one for one listener."""
TICKET = f"999999.{'A' * 43}"

ASKED_EACH_S = 0.02
WATCHED_S = 3.0

Call = tuple[str, str]


def run(plan: Plan) -> list[Row]:
    """Try every door, and every attack where the database matters least."""
    rows = _doors(plan)
    return rows + hostile.attack(plan) if plan.database == SQLITE else rows


def _doors(plan: Plan) -> list[Row]:
    with plan.served(plan.new_database(), workers=2) as served:
        open_to_all = ask_all(served.port, [request("GET", "/model")])
        plan.say("the service is ready")
        keys = make_keys(served, KINDS)
        plan.say("every worker knows the keys")
        contract = ask_all(served.port, [request("GET", "/openapi.json")])[0].json()
        calls = sorted(
            (method.upper(), path) for path, of in contract["paths"].items() for method in of
        )
        revoked = make_key(served, *SCOPES)
        revocation = _revocation(plan, served, revoked)
        plan.say("trying every call")
        tried = AttemptResult(served.port)
        for call in calls:
            tried.shut(call, keys, revoked)
            tried.open(call, keys)
        plan.say("every call was tried")
    for each in tried.wrong:
        plan.say(each)
    told = ", ".join(f"{n} x {code}" for code, n in sorted(tried.refusals.items()))
    return [
        plan.exactly("this machine is answered while there is no key", open_to_all[0].status, 200),
        plan.stated("calls of the contract", f"{len(calls)}"),
        plan.stated("refusals", told),
        plan.stated("right keys let in", f"{tried.n_let_in}"),
        plan.exactly("doors that were open or shut when they should not be", len(tried.wrong)),
        revocation,
    ]


class AttemptResult:
    """Tries doors, and notes which were not as they should be."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.refusals: Counter[str] = Counter()
        self.n_let_in = 0
        self.wrong: list[str] = []

    def shut(self, call: Call, keys: Mapping[str, str], revoked: str) -> None:
        """Try with what does not suffice."""
        needed = suffices(call)
        if needed is None:
            return
        for what, headers in _strangers(keys[ADMIN], revoked):
            self._expect(call, what, headers, 401)
        ticketed = call[0], f"{call[1]}?ticket={TICKET}"
        self._expect(ticketed, "a ticket that was made up", {}, 401)
        for scope in set(SCOPES) - needed:
            self._expect(call, f"a key for {scope} alone", bearer(keys[scope]), 403)
        if "{user_id}" in call[1] or needed == {ADMIN}:
            self._expect(call, "a key for another listener", bearer(keys[ONE]), 403)

    def open(self, call: Call, keys: Mapping[str, str]) -> None:
        """Try with what does."""
        needed = suffices(call)
        let_in = [{}] if needed is None else [bearer(keys[scope]) for scope in sorted(needed)]
        if needed is not None and needed != {ADMIN}:
            call = call[0], call[1].replace("{user_id}", USER)
            let_in.append(bearer(keys[ONE]))
        for headers in let_in:
            answer = self._ask(call, headers)
            self.n_let_in += 1
            if answer.status in {401, 403} or answer.status >= 500:
                self.wrong.append(f"{call} with what suffices is {answer.status}")

    def _expect(self, call: Call, what: str, headers: Mapping[str, str], status: int) -> None:
        answer = self._ask(call, headers)
        told = answer.json() if answer.body else {}
        self.refusals[f"{answer.status} {told.get('code')}"] += 1
        is_told_how = status != 401 or "www-authenticate" in answer.headers
        if answer.status != status or not is_told_how:
            self.wrong.append(f"{call} with {what} is {answer.status}, not {status}")

    def _ask(self, call: Call, headers: Mapping[str, str]) -> Answer:
        method, path = call
        named = path.format(track_id="nothing", user_id="nobody")
        body = json.dumps({}).encode() if method in {"POST", "PUT"} else b""
        (answer,) = ask_all(self._port, [request(method, named, body, headers=headers)])
        return answer


def suffices(call: Call) -> set[str] | None:
    """Return the scopes of which a call needs one, or None if it needs no key."""
    if call in OPEN:
        return None
    more = {"predict": call in PREDICT | EITHER, "label": call in LABEL | EITHER}
    return {ADMIN} | {scope for scope, is_enough in more.items() if is_enough}


def _strangers(good: str, revoked: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield headers that bring no key that is good."""
    wrong = good[:-8] + "AAAAAAA" + ("A" if good[-1] != "A" else "B")
    yield "no key", {}
    yield "a wrong secret", bearer(wrong)
    yield "an unknown key", bearer(good.replace(id_in(good), "a2345672345a"))
    yield "half a key", bearer(good[: len(good) // 2])
    yield "no scheme", {"Authorization": good}
    yield "another scheme", {"Authorization": f"Basic {good}"}
    yield "nothing but the scheme", {"Authorization": "Bearer"}
    yield "a name that is not ASCII", {"Authorization": "Bearer attune_\xe9_\xff"}
    yield "two keys", bearer(f"{good} {good}")
    yield "a revoked key", bearer(revoked)
    yield "a key elsewhere", {"X-API-Key": good, "Cookie": f"Authorization={good}"}


def _revocation(plan: Plan, served: Served, key: str) -> Row:
    """Return how long after the command had ended the key was last taken, by any worker."""
    until_known(served, [key])
    taken_at: list[float] = []
    is_over = Event()

    def ask() -> None:
        while not is_over.wait(ASKED_EACH_S):
            sent = request("GET", "/tracks?limit=1", headers=bearer(key))
            if ask_all(served.port, [sent])[0].is_success:
                taken_at.append(time.monotonic())

    thread = Thread(target=ask)
    thread.start()
    revoke_key(served, key)
    revoked_at = time.monotonic()
    is_over.wait(WATCHED_S)
    is_over.set()
    thread.join()
    late_s = max(0.0, max(taken_at) - revoked_at)
    return plan.at_most("a revoked key was last taken after", late_s, 2.0, "s")
