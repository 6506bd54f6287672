"""Films and episodes from a real server that knows ranges."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from application_site import Site

FILM = bytes(range(256)) * 4000


class Films(ThreadingHTTPServer):
    """Serves :data:`FILM` at every path but ``/broken``; ``asked`` keeps path and range."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Films

    def do_GET(self) -> None:
        wanted = self.headers.get("range")
        self.server.asked.append((self.path, wanted, self.headers.get("user-agent")))
        if "broken" in self.path:
            self.send_error(503)
            return
        start, end = 0, len(FILM) - 1
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted or "")
        if match:
            start, end = int(match[1]), int(match[2] or end)
        if start >= len(FILM):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(FILM)}")
            self.end_headers()
            return
        self.send_response(206 if match else 200)
        self.send_header("Content-Type", "video/x-matroska")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start + 1))
        if match:
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(FILM)}")
        self.end_headers()
        self.wfile.write(FILM[start : end + 1])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def films() -> Iterator[Films]:
    server = Films()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def until(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def rows(site: Site, films: Films) -> Any:
    """A film that two accounts offer, the better one first; an episode of the other."""
    from apps.accounts.models import User
    from apps.m3u.models import M3UAccount
    from apps.vod.models import Episode, M3UEpisodeRelation, M3UMovieRelation, Movie, Series

    User.objects.create_user("tv", custom_properties={"xc_password": "pw"})
    film = Movie.objects.create(name="Metropolis")
    for name, priority, path in (("good", 1, ""), ("broken", 9, "/broken")):
        account = M3UAccount.objects.create(
            name=name,
            server_url=films.url + path,
            account_type="XC",
            username="me",
            password="se cret",
            priority=priority,
            max_streams=1,
        )
        M3UMovieRelation.objects.create(
            m3u_account=account, movie=film, stream_id="77", container_extension="mkv"
        )
    good = M3UAccount.objects.get(name="good")
    series = Series.objects.create(name="Serial")
    episode = Episode.objects.create(name="Pilot", series=series)
    M3UEpisodeRelation.objects.create(m3u_account=good, episode=episode, stream_id="9")
    return film, episode


def test_a_film_from_the_first_account_that_answers(site: Site, films: Films, rows: Any) -> None:
    film, episode = rows
    answer = site.get(f"/movie/tv/pw/{film.pk}.mkv")
    assert answer.status_code == 200 and answer.content == FILM
    assert answer.headers["content-type"] == "video/x-matroska"
    assert answer.headers["content-length"] == str(len(FILM))
    paths = [path for path, _, _ in films.asked]
    assert paths[0].startswith("/broken/") and paths[1].startswith("/movie/me/se%20cret/77")
    answer = site.get(f"/series/tv/pw/{episode.pk}.mp4")
    assert answer.content == FILM
    assert films.asked[-1][0] == "/series/me/se%20cret/9.mp4"
    assert site.get(f"/movie/tv/wrong/{film.pk}.mkv").status_code == 401
    assert site.get("/movie/tv/pw/999.mkv").status_code == 404


def test_ranges_pass_both_ways(site: Site, films: Films, rows: Any) -> None:
    film, _ = rows
    path = f"/proxy/vod/movie/{film.uuid}"
    part = site.get(path, headers={"range": "bytes=1000-1999"})
    assert part.status_code == 206 and part.content == FILM[1000:2000]
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(FILM)}"
    rest = site.get(path + "/", headers={"range": f"bytes={len(FILM) - 10}-"})
    assert rest.content == FILM[-10:]
    beyond = site.get(path, headers={"range": f"bytes={len(FILM)}-"})
    assert beyond.status_code == 416
    head = site.ask("HEAD", path)
    assert head.status_code == 200 and head.headers["content-length"] == str(len(FILM))
    assert site.get("/proxy/vod/movie/nonsense").status_code == 404
    assert site.get(path, address="203.0.113.5").status_code == 403


def test_connections_are_counted_and_given_back(site: Site, films: Films, rows: Any) -> None:
    film, _ = rows
    from apps.m3u.models import M3UAccount

    M3UAccount.objects.filter(name="broken").update(is_active=False)
    path = f"/proxy/vod/movie/{film.uuid}"
    chooser = site.switchboard._chooser
    for _ in range(3):  # one connection is allowed; each request gives it back
        assert site.get(path).status_code == 200
        until(lambda: not chooser.connections())
    login = M3UAccount.objects.get(name="good").profiles.get()
    until(lambda: not chooser.connections())
    chooser._used[login.pk] = 1
    refused = site.get(path)
    assert refused.status_code == 503 and "in use" in refused.json()["error"]
    chooser._used[login.pk] = 0
    M3UAccount.objects.update(is_active=False)
    assert "no active account" in site.get(path).json()["error"]


def test_watching_is_told_once_for_many_ranges(site: Site, films: Films, rows: Any) -> None:
    from core.models import SystemEvent

    film, _ = rows
    for start in range(0, 5000, 1000):
        site.get(
            f"/proxy/vod/movie/{film.uuid}",
            headers={"range": f"bytes={start}-{start + 999}", "user-agent": "Player/1"},
        )
    until(SystemEvent.objects.exists)
    (event,) = SystemEvent.objects.all()
    assert event.event_type == "vod_start"
    assert event.details["content_name"] == "Metropolis"
    assert event.details["user_agent"] == "Player/1"
