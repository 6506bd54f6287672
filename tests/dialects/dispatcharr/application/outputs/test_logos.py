from __future__ import annotations

import os
import time
from typing import Any

import pytest

from application_site import Site
from jackfield.dialects.dispatcharr.application.outputs.logos import KEEP_S, LogoCache, kind
from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.services.fetch import FetchRefused, FetchResponse

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
URL = "http://logos.example/one.png"


class Network:
    """Answers by address, and counts who asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[str] = []
        self.answer: Any = FetchResponse(200, {}, PNG)

    def __call__(self, url: str) -> FetchResponse:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_picture_is_fetched_once(django_env: Environment) -> None:
    network = Network()
    cache = LogoCache(network)
    for _ in range(3):
        answer = cache.answer(URL)
        assert answer.status_code == 200 and answer.media_type == "image/png"
    assert network.asked == [URL]
    assert "sandbox" in answer.headers["content-security-policy"]
    (file,) = (django_env.home / "logos" / "cache").iterdir()
    old = time.time() - KEEP_S - 10
    os.utime(file, (old, old))
    cache.answer(URL)
    assert len(network.asked) == 2
    file.unlink()


@pytest.mark.parametrize(
    "answer",
    [
        FetchResponse(404, {}, b""),
        FetchResponse(200, {}, b"<html><script>alert(1)</script>"),
        FetchResponse(200, {}, b"\x89PNG\r\n\x1a\n" + b"\0" * 6_000_000),
        FetchRefused("10.0.0.1 is a private address"),
    ],
)
def test_what_cannot_be_had_the_player_is_sent_to(django_env: Environment, answer: Any) -> None:
    network = Network()
    network.answer = answer
    cache = LogoCache(network)
    for _ in range(3):
        sent = cache.answer("http://logos.example/other.png")
        assert sent.status_code == 302
        assert sent.headers["location"] == "http://logos.example/other.png"
    assert len(network.asked) == 1  # not asked again and again
    cached = django_env.home / "logos" / "cache"
    assert not cached.exists() or not list(cached.iterdir())


def test_private_addresses_are_not_fetched(site: Site) -> None:
    from apps.channels.models import Logo

    for url in (f"{site.url}/api/core/version/", "http://127.0.0.1:1/x.png"):
        logo = Logo.objects.create(name="x", url=url)
        answer = site.get(f"/api/channels/logos/{logo.pk}/cache/", follow_redirects=False)
        assert answer.status_code == 302 and answer.headers["location"] == url


def test_files_of_the_home_folder_and_of_no_other(site: Site, django_env: Environment) -> None:
    from apps.channels.models import Logo

    folder = django_env.home / "logos"
    folder.mkdir(exist_ok=True)
    (folder / "own.png").write_bytes(PNG)
    (django_env.home / "secret.png").write_bytes(PNG)
    good = Logo.objects.create(name="good", url="/data/logos/own.png")
    answer = site.get(f"/api/channels/logos/{good.pk}/cache/")
    assert answer.headers["content-type"] == "image/png" and answer.content == PNG
    for url in ("/data/logos/../secret.png", "/etc/passwd", "/data/logos/none.png", "rubbish"):
        bad = Logo.objects.create(name="bad", url=url)
        answer = site.get(f"/api/channels/logos/{bad.pk}/cache/")
        assert answer.headers["content-type"].startswith("image/svg")  # the blank one
        assert PNG not in answer.content
    assert site.get("/api/channels/logos/999999/cache/").status_code == 404


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b'<?xml version="1.0"?><svg xmlns="x"/>', "image/svg+xml"),
        (b"  <svg/>", "image/svg+xml"),
        (b"<html><svg/></html>", None),
        (b"<?xml version='1.0'?><feed/>", None),
        (b"MZ\x90", None),
        (b"", None),
    ],
)
def test_what_is_a_picture(data: bytes, expected: str | None) -> None:
    assert kind(data) == expected
