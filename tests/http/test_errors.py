"""Which error gets which status and code."""

import json

import pytest

from models import errors as domain
from service import errors, refusals
from service.errors import CODES, STATUS_CODES, FieldError, InvalidRequestError, problem_of

OURS = {
    domain.SnapshotError,
    domain.MissingSnapshotError,
    domain.CorruptSnapshotError,
    domain.IncompatibleSnapshotError,
    domain.EncoderError,
    domain.DatasetError,
    refusals.LossyMigrationError,
    refusals.KeyNotFoundError,
    refusals.AdminForOneError,
}
"""Errors that no client can do anything about."""


def leaves(kind):
    below = [leaf for each in kind.__subclasses__() for leaf in leaves(each)]
    return below or [kind]


def of_the_service(kind):
    return kind.__module__ in {domain.__name__, refusals.__name__, errors.__name__}


@pytest.mark.parametrize(
    "kind",
    [
        k
        for root in (domain.AttuneError, errors.RequestError)
        for k in leaves(root)
        if of_the_service(k)
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_error_has_a_code_or_is_a_fault_of_ours(kind):
    assert (kind in CODES) != (kind in OURS)


def test_a_code_means_one_thing():
    codes = [code for _, code in CODES.values()] + [code for code, _ in STATUS_CODES.values()]

    assert len(set(codes)) == len(codes)


def test_a_kind_of_error_that_is_not_listed_is_answered_as_the_one_above_it():
    class StrangeAudioError(domain.UndecodableAudioError):
        pass

    assert problem_of(StrangeAudioError("Strange.")).code == "undecodable_audio"


@pytest.mark.parametrize(
    "error", [domain.EncoderError("The path /secret is gone."), KeyError("x")]
)
def test_a_fault_of_ours_is_no_problem_of_the_client(error):
    assert problem_of(error) is None


def test_faults_of_several_fields_are_all_named():
    error = InvalidRequestError([FieldError("n", "n is 0."), FieldError("user_id", "No user_id.")])

    told = json.loads(problem_of(error).response("id").body)

    assert told["detail"] == "n is 0. And 1 more."
    assert told["errors"] == [
        {"field": "n", "message": "n is 0."},
        {"field": "user_id", "message": "No user_id."},
    ]


def test_a_service_that_cannot_answer_now_says_when_to_come_back():
    response = problem_of(refusals.StoreUnavailableError("The database is locked.")).response("id")

    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
