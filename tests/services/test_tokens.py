from __future__ import annotations

import re

from jackfield.services.tokens import new_id, new_token, token_digest


def test_secrets_are_long_and_never_the_same() -> None:
    tokens = {new_token("jfu") for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"jfu_[\w-]{43}", token) for token in tokens)


def test_ids_fit_in_an_address() -> None:
    assert all(re.fullmatch("[A-Za-z0-9]{12}", new_id()) for _ in range(200))
    assert new_id() != new_id()


def test_a_digest_does_not_show_the_secret() -> None:
    token = new_token("jfa")
    digest = token_digest(token)
    assert digest == token_digest(token)
    assert digest != token_digest(token + "x")
    assert token not in digest
    assert len(digest) == 64
