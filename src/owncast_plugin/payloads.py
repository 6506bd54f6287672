"""What handlers and the host API give: views of the wire's JSON objects.

The annotations say which attributes each object has; a value that the host did not send is
``None``. Source: owncast spec 2.4 and 2.5.
"""

from __future__ import annotations

from typing import Any, TypeVar

_camel_names: dict[str, str] = {}


def _camel(name: str) -> str:
    known = _camel_names.get(name)
    if known is None:
        first, *rest = name.split("_")
        known = _camel_names[name] = first + "".join(part.title() for part in rest)
    return known


class Payload:
    """A JSON object, read by attribute: ``user.display_name`` is the member ``displayName``.

    A member is found by the name as written, then by its camelCase form; what is not there is
    ``None``. An object inside is wrapped again, a list is given as it is.

    :ivar raw: the JSON object itself, a plain ``dict``.
    """

    raw: dict[str, Any]

    def __init__(self, data: Any = None) -> None:
        self.raw = data if isinstance(data, dict) else {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "raw":
            # Protocols of Python (copying, pickling) ask for these and must hear the truth.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raw = self.raw
        value = raw[name] if name in raw else raw.get(_camel(name))
        return Payload(value) if isinstance(value, dict) else value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.raw!r})"


P = TypeVar("P", bound=Payload)


def wrap(data: Any, kind: type[P]) -> P | None:
    """A JSON object as *kind*; anything else is ``None``."""
    return kind(data) if isinstance(data, dict) else None


def wrap_list(data: Any, kind: type[P]) -> list[P]:
    """Each object of a JSON list as *kind*; a missing list is empty."""
    if not isinstance(data, list):
        return []
    return [kind(item) if isinstance(item, dict) else item for item in data]


class User(Payload):
    """Somebody in the chat. ``"MODERATOR" in (user.scopes or [])`` tells a moderator."""

    id: str
    display_name: str
    display_color: int
    previous_names: list[str] | None
    created_at: str | None
    disabled_at: str | None
    scopes: list[str] | None
    is_bot: bool | None
    is_authenticated: bool | None


class ChatMessage(Payload):
    """A message as somebody wrote it. ``timestamp`` is RFC 3339 in UTC."""

    id: str
    client_id: int | None
    body: str
    timestamp: str

    @property
    def user(self) -> User | None:
        """Who wrote it; ``None`` for a message without an account."""
        return wrap(self.raw.get("user"), User)


class ChatClient(Payload):
    """One open chat connection."""

    id: int
    user_id: str | None
    display_name: str | None
    connected_at: str | None
    user_agent: str | None
    ip_address: str | None
    message_count: int


class ChatUserRename(Payload):
    """Somebody took another name."""

    user: User
    previous_name: str


class ChatMessageModeration(Payload):
    """A message was hidden (``visible`` is false) or shown again."""

    message_id: str
    visible: bool
    moderator: User | None


class StreamLifecycle(Payload):
    """The stream started or stopped."""

    started_at: str | None
    stopped_at: str | None
    title: str | None
    summary: str | None


class StreamTitleChange(Payload):
    """The stream's title changed. (``from`` is a Python keyword.)"""

    from_: str
    to: str


class StreamInfo(Payload):
    """The stream now."""

    online: bool
    title: str | None
    summary: str | None
    viewers: int
    started_at: str | None
    latency_level: int | None


class StreamBroadcaster(Payload):
    """What the streaming software sends."""

    remote_addr: str | None
    codecs: list[str] | None
    resolution: str | None
    framerate: int | None
    bitrates: list[int] | None


class ServerInfo(Payload):
    """The server."""

    name: str | None
    url: str | None
    summary: str | None
    welcome_message: str | None
    version: str | None


class SocialHandle(Payload):
    """One of the streamer's accounts elsewhere."""

    platform: str
    url: str
    icon: str | None


class Emote(Payload):
    """A picture that chat replaces ``:name:`` by."""

    name: str
    url: str


class FederationInfo(Payload):
    """Whether and how the server takes part in the fediverse."""

    enabled: bool
    username: str | None
    is_private: bool | None


class VideoConfig(Payload):
    """The transcoder's settings. Each variant is a plain ``dict``."""

    latency_level: int
    codec: str
    autoplay: str | None
    variants: list[dict[str, Any]]


class SSEConnection(Payload):
    """A viewer opened or closed one of the plugin's event streams."""

    channel: str
    connection_id: int
    user: User | None


class Tick(Payload):
    """About once a second. ``now`` is in milliseconds since 1970."""

    now: int


class FediverseActor(Payload):
    """Somebody on another server."""

    name: str
    handle: str
    url: str | None
    image: str | None


class FediverseEngagement(Payload):
    """A follow, like or repost. ``target.url`` is missing for a follow."""

    actor: FediverseActor
    target: Payload | None


class FediversePost(Payload):
    """A mention of, a reply to or a quote of the streamer."""

    actor: FediverseActor
    content: str
    content_text: str
    url: str
    posted_at: str
    in_reply_to: str | None
    attachments: list[dict[str, Any]] | None
    language: str | None
    target: Payload | None


class HttpRequest(Payload):
    """A request to one of the plugin's own pages.

    ``path`` is relative to the plugin and has no query; ``query`` and ``headers`` hold one value a
    name (``req.raw["headers"]["Content-Type"]``); ``authenticated`` is true for an operator.
    """

    method: str
    path: str
    body: str
    remote_addr: str
    authenticated: bool
    query: Payload
    headers: Payload
    user: User | None


class ContentRequest(Payload):
    """A viewer's page asks for a tab's or a slot's content."""

    slug: str
    user: User | None


class AuthCheckRequest(Payload):
    """A viewer with a session opened the page."""

    user: User


class Headers(dict[str, str]):
    """Header name → value, also readable by attribute as other payloads are."""

    @property
    def raw(self) -> dict[str, str]:
        """The names and values as a plain ``dict``."""
        return dict(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(Payload(self), name)


class FetchResponse(Payload):
    """The answer to :func:`owncast.http.fetch`."""

    status: int
    body: str

    @property
    def headers(self) -> Headers:
        """Header names in lower case, possibly none."""
        return Headers(self.raw.get("headers") or {})


class RegisteredUser(Payload):
    """The account that belongs to an identity elsewhere."""

    user_id: str
