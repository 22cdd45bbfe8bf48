"""Which error gets which status and code."""

import pytest
from starlette.requests import ClientDisconnect

from models import errors as domain
from service import errors
from service.http import errors as http_errors
from service.http.errors import STATUS_CODES, codes, problem_of

OURS = {
    domain.EncoderError,
    domain.DatasetError,
    errors.DatabaseInUseError,
    errors.LossyMigrationError,
    errors.KeyNotFoundError,
    errors.AdminForOneError,
    errors.UnreadableCalibrationError,
    errors.NoPopulationError,
}
"""Errors that no client can do anything about."""


MODULES = {domain.__name__, errors.__name__, http_errors.__name__}


def tree(kind):
    return [kind, *(narrower for each in kind.__subclasses__() for narrower in tree(each))]


KINDS = [kind for kind in tree(domain.AttuneError) if kind.__module__ in MODULES]
LEAVES = [kind for kind in KINDS if not any(issubclass(k, kind) for k in KINDS if k is not kind)]


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_or_is_a_fault_of_ours(kind):
    assert (kind.code == "internal") == (kind in OURS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_has_status_and_code_of_its_own_or_neither(kind):
    assert ("status" in vars(kind)) == ("code" in vars(kind))


def test_a_code_means_one_thing():
    known = [code for code, _ in STATUS_CODES.values() if code != domain.AttuneError.code]
    known += [kind.code for kind in KINDS if "code" in vars(kind)]

    assert len(set(known)) == len(known)
    assert set(known) | {"client_disconnected"} == {code for _, code in codes()}


def test_a_kind_of_error_without_a_code_is_answered_as_the_one_above_it():
    class StrangeAudioError(domain.UndecodableAudioError):
        pass

    assert problem_of(StrangeAudioError("Strange.")).code == "undecodable_audio"


@pytest.mark.parametrize(
    "error",
    [domain.EncoderError("/secret is gone."), errors.KeyNotFoundError("k"), KeyError("x")],
)
def test_a_fault_of_ours_is_no_problem_of_the_client(error):
    assert problem_of(error) is None


def test_a_caller_who_went_away_is_no_fault_of_ours():
    problem = problem_of(ClientDisconnect())

    assert (problem.status, problem.code) == (400, "client_disconnected")


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (errors.KeyNeededError(), "www-authenticate", 'Bearer realm="attune"'),
        (
            errors.KeyUnknownError(),
            "www-authenticate",
            'Bearer realm="attune", error="invalid_token"',
        ),
        (
            errors.ScopeMissingError("k", ["label"], ["admin"]),
            "www-authenticate",
            'Bearer realm="attune", error="insufficient_scope"',
        ),
        (errors.RateExceededError(2.0, 7), "retry-after", "7"),
        (errors.LoopbackOnlyError(), "www-authenticate", None),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_refusal_says_in_its_headers_how_to_be_let_in(error, header, value):
    assert problem_of(error).response("id").headers.get(header) == value
