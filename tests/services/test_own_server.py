from __future__ import annotations

import pytest

import jackfield
from jackfield.errors import InvalidInput
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import MemoryKeyValue
from jackfield.services.own_server import OwnServer
from jackfield.services.server import Emote, FederationInfo, SocialHandle


@pytest.fixture
def server() -> OwnServer:
    return OwnServer(HostSettings(MemoryKeyValue()))


def test_a_server_that_nobody_described(server: OwnServer) -> None:
    assert server.info().name == ""
    assert server.info().version == jackfield.__version__
    assert (server.socials(), server.emotes(), server.tags()) == ([], [], [])
    assert server.federation() == FederationInfo()


def test_what_the_operator_wrote(server: OwnServer) -> None:
    server.change({"name": "Mine", "welcomeMessage": "Hello", "tags": ["a", "b"]})
    server.change(
        {
            "socials": [{"platform": "web", "url": "https://example.org"}],
            "emotes": [{"name": "wave", "url": "/wave.png"}],
            "federation": {"enabled": True, "username": "me"},
        }
    )
    assert (server.info().name, server.info().welcome_message) == ("Mine", "Hello")
    assert server.tags() == ["a", "b"]
    assert server.socials() == [SocialHandle(platform="web", url="https://example.org")]
    assert server.emotes() == [Emote(name="wave", url="/wave.png")]
    assert server.federation().username == "me"


@pytest.mark.parametrize(
    "changes", [{"nmae": "x"}, {"tags": "a"}, {"socials": [{"platform": "x"}]}, {"version": "1"}]
)
def test_what_is_no_fact_is_refused(server: OwnServer, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        server.change(changes)
