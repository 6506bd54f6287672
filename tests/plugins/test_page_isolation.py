from __future__ import annotations

from jackfield.plugins.page_isolation import (
    OPAQUE,
    POLICY,
    forbidden_headers,
    isolation_headers,
    preflight,
)

ASKS = {"origin": OPAQUE, "access-control-request-method": "POST"}


def test_a_page_has_an_origin_of_its_own_and_works_otherwise() -> None:
    policy = isolation_headers({})["content-security-policy"]
    assert policy == POLICY
    assert policy.startswith("sandbox allow-scripts ")
    assert "allow-same-origin" not in policy
    assert "allow-top-navigation" not in policy
    assert {"allow-forms", "allow-modals", "allow-downloads", "allow-popups"} < set(policy.split())


def test_only_a_page_of_no_origin_may_read_the_answer() -> None:
    assert isolation_headers({"origin": OPAQUE})["access-control-allow-origin"] == "*"
    for request in ({}, {"origin": "https://evil.example"}):
        assert list(isolation_headers(request)) == ["content-security-policy"]


def test_never_with_credentials() -> None:
    assert "access-control-allow-credentials" not in isolation_headers({"origin": OPAQUE})
    assert forbidden_headers({"origin": OPAQUE}) == {"access-control-allow-credentials"}
    assert not forbidden_headers({"origin": "https://example.org"})


def test_what_a_page_may_send_is_answered_for_the_plugin() -> None:
    answer = preflight({**ASKS, "access-control-request-headers": "authorization,x-a"}, "OPTIONS")
    assert answer is not None
    assert "DELETE" in answer["access-control-allow-methods"]
    assert answer["access-control-allow-headers"] == "authorization,x-a"
    assert answer["access-control-allow-origin"] == "*"
    assert "Origin" in answer["vary"]
    bare = preflight(ASKS, "OPTIONS")
    assert bare is not None
    assert bare["access-control-allow-headers"] == "*"


def test_other_requests_are_no_such_question() -> None:
    assert preflight(ASKS, "POST") is None
    assert preflight({"origin": OPAQUE}, "OPTIONS") is None
    assert preflight({**ASKS, "origin": "https://example.org"}, "OPTIONS") is None
