"""``server.settings``: what a script may know of host and client. Source: servemsx spec 7."""

from __future__ import annotations

from typing import Any

from jackfield.dialects.servemsx import urls
from jackfield.dialects.servemsx.host_state import Client, ClientFlags, HostState, HostStateError
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.tengo_values import (
    error_value,
    is_array,
    is_string,
    items_of,
    text_of,
)
from jackfield.tengo import InvalidArgument, Raw, Undefined, WrongArgumentCount
from jackfield.tengo.values import truthy, type_name, unescaped

HTML5X = "http://msx.benzac.de/plugins/html5x.html?url="
TIZEN = "http://msx.benzac.de/interaction/tizen.html"

_LIVE = {
    **{
        f"button:{name}:display": "false"
        for name in ("play_pause", "forward", "rewind", "restart", "speed")
    },
    "label:position": "...",
    "label:duration": "...",
}


def player_properties(client: Client, site: str, *, live: bool, extended: bool) -> dict[str, str]:
    """The properties that a list of media gives to the player.

    :param site: host and prefix of the host's own pages.
    """
    found = {"trigger:stop": f"execute:service:fetch:http://{site}/msx/videowall"}
    if extended:
        found["control:type"] = "extended"
    if live:
        found |= _LIVE
    button = ""
    if ClientFlags.HTML5X in client.flags:
        button = "panel:request:player:options"
    elif player_name(client) == "tizen":
        button = f"content:request:interaction:init@{TIZEN}"
    elif client.platform.partition("/")[0].lower() == "netcast":
        button = "system:netcast:menu"
    if button:
        found |= {"button:content:icon": "settings", "button:content:action": button}
    return found


def player_name(client: Client) -> str:
    """``html5x`` where the client chose it, otherwise what it said, before the ``/``."""
    if ClientFlags.HTML5X in client.flags:
        return "html5x"
    return client.player.partition("/")[0]


def player_address(client: Client, url: str) -> str:
    """What plays *url* (``video:…``, ``audio:…`` or a bare address) on that client."""
    kind = url[:6] if url[:6] in ("audio:", "video:") else ""
    if ClientFlags.HTML5X not in client.flags:
        return url
    return f"{kind}plugin:{HTML5X}{urls.query_escape(url[len(kind) :])}"


def settings_map(request: PluginRequest, state: HostState, *, may_convert: bool) -> dict[str, Any]:
    """The members of ``server.settings`` for one request.

    :param may_convert: whether the plugin may start ffmpeg, whose arguments reach any file.
    """
    client = state.client(request.query.get("id", [""])[0])
    functions = _Functions(request, state, client, may_convert=may_convert)
    return {
        "compressed": ClientFlags.COMPRESSED in client.flags,
        "dic": Raw(functions.dic, ""),
        "torr": Raw(functions.torr, ""),
        "player": Raw(functions.player, ""),
        "ffmpeg": Raw(functions.ffmpeg, ""),
    }


class _Functions:
    def __init__(
        self, request: PluginRequest, state: HostState, client: Client, *, may_convert: bool
    ) -> None:
        self._may_convert = may_convert
        self._request = request
        self._state = state
        self._client = client

    def dic(self, *_args: Any) -> Any:
        try:
            return unescaped(self._state.dictionary_name().partition("/")[0])
        except HostStateError as error:
            return error_value(str(error))

    def torr(self, *args: Any) -> Any:
        if len(args) > 3:
            raise WrongArgumentCount
        if not args:
            return unescaped(self._state.torrserver())
        link, title, image = (text_of(a) for a in (*args, Undefined, Undefined)[:3])
        parts = [f"content:http://{self._request.site}/msx/torr"]
        if link:
            parts.append(f"?link={urls.query_escape(link)}")
        if image:
            parts.append(f"&img={urls.query_escape(image)}")
        if title:
            parts.append(f"&ttl={urls.query_escape(title)}")
        return unescaped("".join(parts))

    def player(self, *args: Any) -> Any:
        if len(args) > 2:
            raise WrongArgumentCount
        if not args:
            return unescaped(player_name(self._client))
        if type(args[0]) is bool:
            extended = len(args) == 2 and truthy(args[1])
            found = player_properties(
                self._client, self._request.site, live=args[0], extended=extended
            )
            return {key: unescaped(value) for key, value in found.items()}
        if is_string(args[0]):
            return unescaped(player_address(self._client, text_of(args[0])))
        raise InvalidArgument("first", "bool/string", type_name(args[0]))

    def ffmpeg(self, *args: Any) -> Any:
        if not 1 <= len(args) <= 3:
            found = self._state.ffmpeg()
            if found is None or not found.path or not found.port:
                return Undefined
            return {
                "ffmpeg": unescaped(found.path),
                "port": str(found.port),
                "ffprobe": unescaped(found.probe),
            }
        lists: list[list[str]] = [[], []]
        for place, name in ((2, "third"), (1, "second")):
            if len(args) > place:
                if not is_array(args[place]):
                    raise InvalidArgument(name, "array", type_name(args[place]))
                lists[place - 1] = [text_of(one) for one in items_of(args[place])]
        source = text_of(args[0])
        if not source:
            raise InvalidArgument("first", "not empty", "empty")
        if not self._may_convert:
            return error_value("the permission ffmpeg.run is not granted")
        hostname = urls.parse(f"http://{self._request.host}").host.rpartition(":")[0]
        hostname = hostname or self._request.host
        try:
            return unescaped(self._state.start_ffmpeg(source, lists[0], lists[1], hostname))
        except HostStateError as error:
            return error_value(str(error))
