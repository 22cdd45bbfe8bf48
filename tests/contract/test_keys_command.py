"""``python -m service keys``: what goes to standard output and what goes beside it."""

import logging
import re

import pytest

from service.__main__ import main


@pytest.fixture(name="keys")
def _keys(tmp_path, capsys):
    """Run the verb on a database of its own; return the exit status and what was written."""
    # Tests before may have set up logging in this process, as the service does.
    logging.disable(logging.INFO)

    def keys(*arguments):
        status = main(["keys", *arguments, "--database", f"sqlite:///{tmp_path / 'keys.db'}"])
        written = capsys.readouterr()
        return status, written.out, written.err

    yield keys
    logging.disable(logging.NOTSET)


def test_a_new_key_goes_to_standard_output_alone(keys):
    status, out, err = keys("make", "app", "--scopes", "label,predict")

    assert status == 0
    assert re.fullmatch(r"attune_[a-z2-7]{12}_[\w-]{43}\n", out)
    assert out.strip() not in err
    assert "'app' for predict,label" in err


def test_only_the_first_key_says_that_the_door_is_shut_now(keys):
    message = [keys("make", "app", "--scopes", "admin")[2] for _ in range(2)]

    assert ["It is the first" in each for each in message] == [True, False]


def test_the_list_shows_everything_but_the_secret(keys):
    written = keys("make", "a", "--scopes", "predict", "--rate", "2.5")[1]
    key_id, secret = written.strip().split("_", 2)[1:]

    _, out, _ = keys("list")

    assert re.search(rf"^{key_id} +a +predict +- +2.5 +\S+ \S+ +-$", out, re.MULTILINE)
    assert secret not in out


def test_a_key_for_one_user_says_so_when_it_is_made_and_in_the_list(keys):
    _, written, err = keys("make", "phone", "--scopes", "label,predict", "--user", "ana")
    key_id = written.split("_")[1]

    _, out, _ = keys("list")

    assert "for predict,label, limited to user 'ana'" in err
    assert re.search(rf"^{key_id} +phone +predict,label +ana +- ", out, re.MULTILINE)


def test_a_key_for_one_user_cannot_concern_all_of_them(keys):
    status, out, err = keys("make", "phone", "--scopes", "label,admin", "--user", "ana")

    assert (status, out) == (1, "")
    assert "'ana' alone cannot have the scope admin" in err
    assert "There is no key" in keys("list")[2]


def test_a_revoked_key_is_listed_as_such(keys):
    key_id = keys("make", "app", "--scopes", "admin")[1].split("_")[1]

    status, out, err = keys("revoke", key_id)
    _, listed, _ = keys("list")

    assert (status, out) == (0, "")
    assert f"The key {key_id} of 'app' is revoked; within 1 s" in err
    assert re.search(rf"^{key_id} .* \d\d:\d\d +[\d-]+ [\d:]+$", listed, re.MULTILINE)


def test_an_empty_list_says_what_that_means(keys):
    assert keys("list") == (
        0,
        "",
        "There is no key; the service answers this machine only.\n",
    )


def test_a_key_that_is_not_there_is_named_in_one_sentence(keys):
    assert keys("revoke", "nobodys") == (
        1,
        "",
        "There is no API key 'nobodys'; `keys list` shows all keys.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["make", "app"], "--scopes"),
        (["make", "app", "--scopes", "everything"], "the scopes are predict, label, admin"),
        (["make", "app", "--scopes", ""], "the scopes are predict, label, admin"),
        (["make", "", "--scopes", "admin"], "1 to 200"),
        (["make", "a" * 201, "--scopes", "admin"], "201 characters"),
        (["make", "a\nb", "--scopes", "admin"], "printable characters"),
        (["make", "app", "--scopes", "admin", "--rate", "0"], "at least 0.01"),
        (["make", "app", "--scopes", "admin", "--rate", "inf"], "at least 0.01"),
        (["make", "app", "--scopes", "label", "--user", ""], "'' is not a user id"),
        (["make", "app", "--scopes", "label", "--user", "an a"], "'an a' is not a user id"),
        (["make", "app", "--scopes", "label", "--user", "a" * 257], "at most 256 characters"),
    ],
)
def test_what_makes_no_key_is_refused_naming_what_would(keys, arguments, message):
    status, out, err = keys(*arguments)

    assert (status, out) == (2, "")
    assert message in " ".join(err.split())


def test_without_an_action_those_there_are_are_listed(capsys):
    status = main(["keys"])

    assert status == 2
    assert re.findall(r"^  (\w+) ", capsys.readouterr().err, re.MULTILINE) == [
        *("list", "make", "revoke")
    ]
