"""Which of a channel's streams to play, over which login of its account."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from jackfield.dialects.dispatcharr.application.calls import in_thread
from jackfield.dialects.dispatcharr.application.stream.session import Channel
from jackfield.dialects.dispatcharr.application.stream.source import Source, StreamError
from jackfield.errors import NotFound

Key = tuple[int, int | None, str]


class DatabaseChooser:
    """Reads sources from the database and counts the connections that they use.

    Sources come in the order of the channel's streams; of an account's logins the default one is
    first. Inactive accounts, expired logins and streams without an address are left out. The
    counts live here, in the one process that plays streams, and begin at none with it.
    """

    def __init__(self) -> None:
        self._used: Counter[int] = Counter()

    async def choose(self, channel: Channel, avoid: frozenset[Key]) -> Source | None:
        sources = await in_thread(_sources_of, channel)
        left = [source for source in sources if source.key not in avoid]
        for source in left:
            if self.take(source):
                return source
        if left:
            names = sorted({source.slot_name or source.account for source in left})
            raise StreamError(
                f"Channel {channel.name!r}: every connection of {', '.join(names)} is in use"
            )
        return None

    async def choose_stream(self, channel: Channel, stream_id: int) -> Source:
        """:raises NotFound: no such stream, or nothing of it can be opened.
        :raises StreamError: no connection is free.
        """
        sources = await in_thread(sources_of_stream, stream_id, channel.id)
        if not sources:
            raise NotFound(f"stream {stream_id} does not exist or cannot be played")
        for source in sources:
            if self.take(source):
                return source
        raise StreamError(f"Every connection of {sources[0].account} is in use")

    def release(self, source: Source) -> None:
        if source.slot is not None:
            self._used[source.slot] = max(self._used[source.slot] - 1, 0)

    def connections(self) -> dict[int, int]:
        """How many connections each login uses now, by the primary key of its profile."""
        return {slot: count for slot, count in self._used.items() if count}

    def take(self, source: Source) -> bool:
        """Take one of the source's connections, if one is free."""
        if source.slot is None:
            return True
        if source.slots and self._used[source.slot] >= source.slots:
            return False
        self._used[source.slot] += 1
        return True


def _sources_of(channel: Channel) -> list[Source]:
    if channel.stream_id is not None:
        return sources_of_stream(channel.stream_id)
    return sources_of_channel(channel.id)


def sources_of_channel(channel_id: int) -> list[Source]:
    """Every way to play the channel, best first."""
    from apps.channels.models import Channel as Row
    from apps.channels.models import ChannelStream

    channel = Row.objects.select_related("stream_profile__user_agent").filter(pk=channel_id).first()
    if channel is None:
        return []
    rows = ChannelStream.objects.filter(channel=channel_id).order_by("order", "pk")
    rows = rows.select_related(
        "stream__m3u_account__user_agent",
        "stream__m3u_account__stream_profile__user_agent",
        "stream__stream_profile__user_agent",
    )
    found: list[Source] = []
    for row in rows:
        found += _sources(row.stream, channel.stream_profile)
    return found


def sources_of_stream(stream_id: int, channel_id: int | None = None) -> list[Source]:
    """Every way to play one stream, as the channel's profile wants it."""
    from apps.channels.models import Channel as Row
    from apps.channels.models import Stream

    stream = (
        Stream.objects.select_related("m3u_account__stream_profile", "stream_profile")
        .filter(pk=stream_id)
        .first()
    )
    if stream is None:
        return []
    channel = Row.objects.select_related("stream_profile").filter(pk=channel_id).first()
    return _sources(stream, channel.stream_profile if channel else None)


def _sources(stream: Any, channel_profile: Any) -> list[Source]:
    url = stream.url or ""
    account = stream.m3u_account
    if not url or (account is not None and not account.is_active):
        return []
    how = channel_profile or stream.stream_profile or (account and account.stream_profile)
    how = how or _default_profile()
    agent = _agent(how, account)
    return [
        _source(stream, account, login, slots, how, address, agent)
        for login, slots, address in logins_of(account, url)
    ]


def logins_of(account: Any, url: str) -> list[tuple[Any, int, str]]:
    """The logins of *account* that can be used now: each with the number of its connections (0 for
    any number) and *url* as it has it. One without a row for an account without logins, or none.
    """
    from django.utils import timezone

    if account is None:
        return [(None, 0, url)]
    now = timezone.now()
    rows = list(account.profiles.order_by("-is_default", "pk"))
    if not rows:
        return [(None, 0, url)]
    found = []
    for login in rows:
        if not login.is_active or (login.exp_date is not None and login.exp_date <= now):
            continue
        slots = login.max_streams
        if login.is_default and account.max_streams:
            slots = min(slots, account.max_streams) if slots else account.max_streams
        found.append((login, slots, rewritten(url, login.search_pattern, login.replace_pattern)))
    return found


def _source(
    stream: Any, account: Any, login: Any, slots: int, how: Any, url: str, agent: str
) -> Source:
    command: tuple[str, ...] = ()
    if how is None or how.is_proxy():
        kind = "proxy"
    elif how.is_redirect():
        kind = "redirect"
    else:
        kind = "command"
        command = tuple(how.build_command(url, agent))
    return Source(
        stream_id=stream.pk,
        stream_name=stream.name,
        url=url,
        kind=kind,  # type: ignore[arg-type]  # one of the three above
        command=command,
        user_agent=agent,
        account=account.name if account is not None else "",
        slot=login.pk if login is not None else None,
        slots=slots,
        slot_name=login.name if login is not None else "",
        profile=how.name if how is not None else "Proxy",
        profile_id=how.pk if how is not None else None,
    )


def _default_profile() -> Any:
    from core.models import CoreSettings, StreamProfile

    return StreamProfile.objects.filter(pk=CoreSettings.get_default_stream_profile_id()).first()


def _agent(how: Any, account: Any) -> str:
    from core.models import CoreSettings

    for row in (how, account):
        if row is not None and row.user_agent is not None:
            return str(row.user_agent.user_agent)
    return str(CoreSettings.get_default_user_agent())


_JAVASCRIPT_GROUP = re.compile(r"\$(\$|&|\d{1,2}|<[^>]+>)")


def rewritten(url: str, search: str, replace: str) -> str:
    """*url* as a login has it: the first match of *search* replaced, groups written ``$1``.

    A pattern that does not match or is not valid leaves the URL as it is: the default login of
    an account must play whatever somebody typed.
    """
    if not search:
        return url

    def fill(match: re.Match[str]) -> str:
        def group(found: re.Match[str]) -> str:
            name = found[1]
            if name == "$":
                return "$"
            try:
                if name == "&":
                    return match[0]
                return match[name[1:-1] if name.startswith("<") else int(name)] or ""
            except IndexError:
                return found[0]

        return _JAVASCRIPT_GROUP.sub(group, _python_groups(replace))

    try:
        return re.sub(search, fill, url, count=1)
    except re.error:
        return url


def _python_groups(replace: str) -> str:
    """``\\1``, which people write as well, as ``$1``."""
    return re.sub(r"\\(\d{1,2})", r"$\1", replace)
