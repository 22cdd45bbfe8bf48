"""Keys for several purposes, derived from one secret."""

from service.auth.key_derivation import derive_key


def test_a_key_is_the_hmac_of_its_purpose():
    # RFC 4231, test case 1.
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"

    assert derive_key(b"\x0b" * 20, b"Hi There").hex() == expected


def test_purposes_and_secrets_have_keys_of_their_own():
    keys = {derive_key(secret, purpose) for secret in (b"s", b"t") for purpose in (b"p", b"q")}

    assert len(keys) == 4
