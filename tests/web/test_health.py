from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from jackfield.host import Host
from jackfield.services.access_tokens import AccessTokens
from jackfield.services.users import ADMIN
from jackfield.web.app import create_app
from plugins.fakes import FunctionRuntime, running
from web.served import Served


def test_a_healthy_host(served: Served) -> None:
    answer = served.http.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "parts": {
            "database": {"state": "ok"},
            "engine": {"state": "idle"},
            "plugins": {"safe_mode": False},
        },
    }


def test_a_host_whose_database_fails_is_not(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jackfield.errors import SurroundingsError

    def fail() -> None:
        raise SurroundingsError("the disk is gone")

    monkeypatch.setattr(served.host.db, "read", fail)
    answer = served.http.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {"state": "failed", "error": "the disk is gone"}


def test_metrics_count_the_chat_and_the_plugins(served: Served) -> None:
    served.host.dispatcher.attach(running("greeter", FunctionRuntime()))
    ann = served.join("Ann")
    ann.post("hi", "n1")
    ann.next("ack")
    ann.post("", "n2")
    ann.next("refused")
    page = served.http.get("/metrics").text
    assert "jackfield_chat_connections 1.0" in page
    assert "jackfield_chat_people 1.0" in page
    assert 'jackfield_chat_messages_total{outcome="posted"} 1.0' in page
    assert 'jackfield_chat_messages_total{outcome="invalid"} 1.0' in page
    assert 'jackfield_plugin_strikes{dialect="test",plugin="greeter"} 0.0' in page


def test_metrics_are_for_this_machine_and_for_operators() -> None:
    with Host(dialects={}) as host:
        app = create_app(host, manage=False)
        tokens = host.services.get(AccessTokens)
        _, admin = tokens.create("prometheus", (ADMIN,))
        far = TestClient(app, client=("203.0.113.5", 5))
        assert far.get("/metrics").status_code == 401
        allowed = far.get("/metrics", headers={"authorization": f"Bearer {admin}"})
        assert allowed.status_code == 200
        assert far.get("/healthz").status_code == 200
        near = TestClient(app, client=("127.0.0.1", 5))
        assert near.get("/metrics").status_code == 200
        for named in ("localhost:8080", "127.0.0.1", "nas.local"):
            assert near.get("/metrics", headers={"host": named}).status_code == 200
        # A page of that name may have it lead here, and be open in a browser on this machine.
        for headers in ({"host": "evil.example"}, {"x-real-ip": "203.0.113.5"}):
            assert near.get("/metrics", headers=headers).status_code == 401
        by_name = {"host": "chat.example", "authorization": f"Bearer {admin}"}
        assert near.get("/metrics", headers=by_name).status_code == 200
        proxied = near.get("/metrics", headers={"x-forwarded-for": "203.0.113.5"})
        assert proxied.status_code == 401, "a proxy on this machine speaks for somebody else"
        assert TestClient(app, client=("socket", 0)).get("/metrics").status_code == 401
