"""Asks an Xtream Codes server what it offers.

Source: dispatcharr spec 4.2 (``core.xtream_codes.Client``) and 6 (XC).
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import requests

CONNECT_SECONDS = 30.0
READ_SECONDS = 60.0


class XtreamError(Exception):
    """The server did not give a usable answer; the message names it without the password."""


class Client:
    """A login at a server. One session, so one connection is used again and again.

    :param server_url: with or without ``/player_api.php`` and the like.
    :param user_agent: text, or a row of ``core.models.UserAgent``.
    """

    def __init__(
        self, server_url: str, username: str, password: str, user_agent: Any = None
    ) -> None:
        self.server_url = normalised(server_url)
        self.username = username
        self.password = password
        self.user_agent = str(getattr(user_agent, "user_agent", user_agent) or "VLC/3.0.21")
        self.server_info: dict[str, Any] = {}
        self._session = requests.Session()
        self._session.headers["User-Agent"] = self.user_agent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def authenticate(self) -> dict[str, Any]:
        """What the server says about the login: ``user_info`` and ``server_info``.

        :raises XtreamError: it cannot be reached, does not know the login, or talks nonsense.
        """
        answer = self._ask(None)
        info = answer.get("user_info") if isinstance(answer, dict) else None
        if not isinstance(info, dict) or str(info.get("auth", 1)) == "0":
            raise XtreamError(f"{self._place}: the server does not know this login")
        self.server_info = answer
        return answer

    def get_account_info(self) -> dict[str, Any]:
        """As :meth:`authenticate`."""
        return self.authenticate()

    def get_live_categories(self) -> list[dict[str, Any]]:
        """The groups of live streams."""
        return self._list("get_live_categories")

    def get_live_category_streams(self, category_id: Any) -> list[dict[str, Any]]:
        """The live streams of one group."""
        return self._list("get_live_streams", category_id=category_id)

    def get_all_live_streams(self) -> list[dict[str, Any]]:
        """All live streams, in one answer."""
        return self._list("get_live_streams")

    def get_vod_categories(self) -> list[dict[str, Any]]:
        """The categories of films."""
        return self._list("get_vod_categories")

    def get_vod_streams(self, category_id: Any = None) -> list[dict[str, Any]]:
        """The films, of one category or all."""
        return self._list("get_vod_streams", category_id=category_id)

    def get_vod_info(self, vod_id: Any) -> dict[str, Any]:
        """More about one film."""
        return self._dictionary("get_vod_info", vod_id=vod_id)

    def get_series_categories(self) -> list[dict[str, Any]]:
        """The categories of series."""
        return self._list("get_series_categories")

    def get_series(self, category_id: Any = None) -> list[dict[str, Any]]:
        """The series, of one category or all."""
        return self._list("get_series", category_id=category_id)

    def get_series_info(self, series_id: Any) -> dict[str, Any]:
        """A series' seasons and episodes."""
        return self._dictionary("get_series_info", series_id=series_id)

    def get_stream_url(self, stream_id: Any, extension: str = "ts") -> str:
        """Where a live stream is."""
        return self._url("live", stream_id, extension)

    def get_vod_stream_url(self, stream_id: Any, container_extension: str = "mp4") -> str:
        """Where a film is."""
        return self._url("movie", stream_id, container_extension)

    def get_episode_stream_url(self, stream_id: Any, container_extension: str = "mp4") -> str:
        """Where an episode is."""
        return self._url("series", stream_id, container_extension)

    @property
    def _place(self) -> str:
        return urlsplit(self.server_url).netloc

    def _url(self, kind: str, identity: Any, extension: str) -> str:
        login = f"{quote(self.username, safe='')}/{quote(self.password, safe='')}"
        return f"{self.server_url}/{kind}/{login}/{identity}.{extension}"

    def _list(self, action: str, **params: Any) -> list[dict[str, Any]]:
        answer = self._ask(action, **params)
        if isinstance(answer, dict) and not answer.get("user_info"):
            # Some servers number their lists.
            answer = list(answer.values())
        if not isinstance(answer, list):
            raise XtreamError(f"{self._place}: {action} was answered with no list")
        return [item for item in answer if isinstance(item, dict)]

    def _dictionary(self, action: str, **params: Any) -> dict[str, Any]:
        answer = self._ask(action, **params)
        # An unknown id is answered with an empty list.
        return answer if isinstance(answer, dict) else {}

    def _ask(self, action: str | None, **params: Any) -> Any:
        query = {"username": self.username, "password": self.password}
        if action:
            query["action"] = action
        query.update({name: str(value) for name, value in params.items() if value is not None})
        what = action or "the login"
        url = f"{self.server_url}/player_api.php?{urlencode(query)}"
        try:
            with self._session.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
                if not response.ok:
                    said = f"{response.status_code} {response.reason}"
                    raise XtreamError(f"{self._place}: {what} was answered with {said}")
                return response.json()
        except requests.Timeout:
            raise XtreamError(f"{self._place}: {what} was not answered in time") from None
        except requests.JSONDecodeError:
            raise XtreamError(f"{self._place}: {what} was answered with no JSON") from None
        except requests.RequestException as error:
            # Its own words contain the URL, and with it the password.
            raise XtreamError(f"{self._place}: {what} failed ({type(error).__name__})") from None


def normalised(server_url: str) -> str:
    """The server's address without a page, query or slash at its end.

    :raises XtreamError: it is no address of a server.
    """
    text = server_url.strip()
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise XtreamError("the server's address does not begin with http:// or https://")
    path = parts.path.rstrip("/")
    if path.rpartition("/")[2].endswith(".php"):
        path = path.rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
