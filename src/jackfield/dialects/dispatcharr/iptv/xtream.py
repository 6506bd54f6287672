"""Asks an Xtream Codes server: its player API, as its clients use it.

Source: dispatcharr spec 6 (XC) and 4.2 (what plugins call: ``core.xtream_codes.Client``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import requests

from jackfield.dialects.dispatcharr.iptv.download import (
    CONNECT_S,
    READ_S,
    Progress,
    fetch,
    pieces,
    shown,
)
from jackfield.dialects.dispatcharr.iptv.faults import BadSource, Refused
from jackfield.dialects.dispatcharr.iptv.json_items import json_items, storable

JSON = dict[str, Any]

LARGEST_ANSWER = 512 * 1024**2


class XtreamClient:
    """One account on one server.

    :param server_url: the server's address; a path such as ``/get.php`` or ``/player_api.php`` and
        a query are dropped, so that what providers hand out can be pasted.
    :ivar server_info: the last answer to :meth:`authenticate`.
    :raises BadSource: *server_url* is no http or https address.
    """

    def __init__(
        self,
        server_url: str,
        username: str,
        password: str,
        user_agent: str = "",
        *,
        timeout: tuple[float, float] = (CONNECT_S, READ_S),
    ) -> None:
        self.server_url = server_address(server_url)
        self.username = username or ""
        self.password = password or ""
        self.user_agent = user_agent or ""
        self.server_info: JSON = {}
        self._timeout = timeout
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    # The account

    def authenticate(self) -> JSON:
        """``user_info`` and ``server_info`` of the account.

        :raises Refused: the server does not know the account or its password.
        :raises Unreachable: the server does not answer.
        :raises BadSource: what it answers is not an Xtream server's.
        """
        answer = self._object()
        user = answer.get("user_info")
        if not isinstance(user, dict):
            raise BadSource(
                "is no Xtream server: its answer has no user_info", file=shown(self.server_url)
            )
        if str(user.get("auth", 1)) == "0":
            raise Refused("does not accept the user name and password", file=shown(self.server_url))
        self.server_info = answer
        return answer

    def get_account_info(self) -> JSON:
        """As :meth:`authenticate`."""
        return self.authenticate()

    # Live

    def get_live_categories(self) -> list[JSON]:
        """``category_id``, ``category_name`` each."""
        return self._list("get_live_categories")

    def get_live_category_streams(self, category_id: str | int) -> list[JSON]:
        """The live streams of one category."""
        return self._list("get_live_streams", category_id=category_id)

    def get_all_live_streams(self) -> list[JSON]:
        """Every live stream."""
        return self._list("get_live_streams")

    def live_streams(self, progress: Progress | None = None) -> Iterator[JSON]:
        """Every live stream, one at a time."""
        return self._items("get_live_streams", progress)

    # Video on demand

    def get_vod_categories(self) -> list[JSON]:
        """Categories of movies."""
        return self._list("get_vod_categories")

    def get_vod_streams(self, category_id: str | int | None = None) -> list[JSON]:
        """Movies, all or of one category."""
        return self._list("get_vod_streams", category_id=category_id)

    def movies(self, progress: Progress | None = None) -> Iterator[JSON]:
        """Every movie, one at a time."""
        return self._items("get_vod_streams", progress)

    def get_vod_info(self, vod_id: str | int) -> JSON:
        """``info`` and ``movie_data`` of one movie."""
        return self._object("get_vod_info", vod_id=vod_id)

    def get_series_categories(self) -> list[JSON]:
        """Categories of series."""
        return self._list("get_series_categories")

    def get_series(self, category_id: str | int | None = None) -> list[JSON]:
        """Series, all or of one category."""
        return self._list("get_series", category_id=category_id)

    def series(self, progress: Progress | None = None) -> Iterator[JSON]:
        """Every series, one at a time."""
        return self._items("get_series", progress)

    def get_series_info(self, series_id: str | int) -> JSON:
        """``info``, ``seasons`` and ``episodes`` (by season) of one series."""
        return self._object("get_series_info", series_id=series_id)

    # Addresses

    def get_stream_url(self, stream_id: str | int, extension: str = "ts") -> str:
        """Where a live stream plays."""
        return self._place("live", stream_id, extension)

    def get_vod_stream_url(self, vod_id: str | int, container_extension: str = "mp4") -> str:
        """Where a movie plays."""
        return self._place("movie", vod_id, container_extension)

    def get_episode_stream_url(self, stream_id: str | int, container_extension: str = "mp4") -> str:
        """Where an episode plays."""
        return self._place("series", stream_id, container_extension)

    def _place(self, kind: str, identity: str | int, extension: str) -> str:
        user, password = quote(self.username, safe=""), quote(self.password, safe="")
        end = f".{extension}" if extension else ""
        return f"{self.server_url}/{kind}/{user}/{password}/{identity}{end}"

    # Asking

    def _url(self, action: str | None, values: dict[str, Any]) -> str:
        query = {"username": self.username, "password": self.password}
        if action:
            query["action"] = action
        query |= {key: str(value) for key, value in values.items() if value is not None}
        return f"{self.server_url}/player_api.php?{urlencode(query)}"

    def _object(self, action: str | None = None, **values: Any) -> JSON:
        body = b"".join(self._pieces(action, None, **values))
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            start = " ".join(body[:80].decode("utf-8", "replace").split())
            raise BadSource(
                f"is no Xtream server: its answer is no JSON, it begins with {start!r}",
                file=shown(self.server_url),
            ) from None
        if isinstance(answer, dict):
            return cast("JSON", storable(answer))
        if not answer:  # PHP writes an empty object as an empty array
            return {}
        raise BadSource("answered with an array, expected an object", file=shown(self.server_url))

    def _list(self, action: str, **values: Any) -> list[JSON]:
        items = json_items(self._pieces(action, None, **values), name=shown(self.server_url))
        return [item for item in items if isinstance(item, dict)]

    def _items(self, action: str, progress: Progress | None) -> Iterator[JSON]:
        chunks = self._pieces(action, progress)
        for item in json_items(chunks, name=shown(self.server_url)):
            if isinstance(item, dict):
                yield item

    def _pieces(
        self, action: str | None, progress: Progress | None, **values: Any
    ) -> Iterator[bytes]:
        url = self._url(action, values)
        with fetch(
            url, user_agent=self.user_agent, timeout=self._timeout, session=self._session
        ) as answer:
            yield from pieces(answer, url, largest=LARGEST_ANSWER, progress=progress)


def server_address(url: str) -> str:
    """Scheme and place of a server's address, with a path only if it is one that a server may lie
    under.

    :raises BadSource: it is no http or https address.
    """
    try:
        parts = urlsplit(url.strip() if "://" in url else f"http://{url.strip()}")
        known = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        known = False
    if not known:
        raise BadSource("is no http or https address", field="server_url", file=shown(url))
    path = parts.path.rstrip("/")
    if path.endswith(".php"):
        path = path.rpartition("/")[0]
    return urlunsplit((parts.scheme.lower(), parts.netloc, path, "", ""))
