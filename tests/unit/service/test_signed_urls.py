"""Tickets: good for one track, for some hours, and made by nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from service.auth.signed_urls import GOOD_FOR_H, SignedUrls

NOON = datetime(2026, 1, 1, 12, 34, tzinfo=UTC)


def at(moment=NOON, secret=b"s" * 32):
    return SignedUrls(secret, lambda: moment)


@pytest.mark.parametrize("minutes", [0, 1, 60 * GOOD_FOR_H])
def test_a_ticket_is_good_for_hours(minutes):
    assert at(NOON + timedelta(minutes=minutes)).is_valid(at().issue("t"), "t")


def test_the_time_on_a_ticket_cannot_be_changed():
    until, code = at().issue("t").split(".")
    later = NOON + timedelta(hours=GOOD_FOR_H + 1)

    assert not at(later).is_valid(f"{int(until) + 100}.{code}", "t")
    assert not at().is_valid(f"{int(until) + 1}.{code}", "t")


@pytest.mark.parametrize("change", [str.upper, lambda code: code[:-2] + "AA", lambda _: "A" * 43])
def test_a_forged_ticket_is_none(change):
    until, code = at().issue("t").split(".")

    assert not at().is_valid(f"{until}.{change(code)}", "t")


@pytest.mark.parametrize("ticket", ["", ".", "1", "1.2.3", "x.y", "١٢.abc", "9" * 5000, "\0.\0"])
def test_what_is_no_ticket_is_not_good(ticket):
    assert not at().is_valid(ticket, "t")


def test_an_address_stays_the_same_for_the_rest_of_the_hour():
    assert at(NOON + timedelta(minutes=20)).issue("t") == at().issue("t")
