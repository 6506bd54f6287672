"""Compares what the plugin did with what its scenario expects. Source: owncast spec 6.1."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from jackfield.dialects.owncast.commands import DEFAULT_PREFIX, CommandInfo
from jackfield.dialects.owncast.scenario.shape import CommandEntry, Expect
from jackfield.plugins.scenario import deep_equal, partial_match
from jackfield.plugins.scenario_play import show
from jackfield.services.recording import Recorded
from jackfield.services.video import StreamVariant

Compare = Callable[[Any, Any], str]
"""``(wanted entry, recorded entry)`` → what differs, or an empty text."""

PLAIN = (
    "chatSends",
    "chatActions",
    "chatSystems",
    "deletedMessages",
    "discordPosts",
    "bannedIPs",
    "fediverseOutbox",
    "kickedClients",
)


def compare(
    expect: Expect,
    recorded: Recorded,
    *,
    kv: Callable[[str], str | None],
    commands: Sequence[CommandInfo],
) -> list[str]:
    """Every way in which what happened differs from what was expected.

    :param kv: reads the plugin's own key-value pairs.
    """
    wanted = {
        field.encode_name: getattr(expect, field.name) for field in msgspec.structs.fields(Expect)
    }
    errors = [
        f"{name}: expected {show(wanted[name])}, got {show(found)}"
        for name in PLAIN
        if wanted[name] is not None and (found := recorded.of(name)) != wanted[name]
    ]
    for name, compare_entry in _ENTRIES.items():
        if wanted[name] is not None:
            errors += _compare_list(name, wanted[name], recorded.of(name), compare_entry)
    clears = len(recorded.of("sessionClears"))
    if expect.session_clears and clears != expect.session_clears:
        errors.append(f"sessionClears: expected {expect.session_clears}, got {clears}")
    for key, value in (expect.kv or {}).items():
        stored = kv(key) or ""
        if stored != value:
            errors.append(f"kv[{key!r}]: expected {show(value)}, got {show(stored)}")
    for command in expect.commands or ():
        errors += _compare_command(command, commands)
    return errors


def _compare_list(
    name: str, wanted: Sequence[Any], found: Sequence[Any], compare_entry: Compare
) -> list[str]:
    if len(wanted) != len(found):
        shown = show([_shown(entry) for entry in found])
        return [f"{name}: expected {len(wanted)}, got {len(found)}: {shown}"]
    pairs = zip(wanted, found, strict=True)
    differences = [compare_entry(entry, recorded) for entry, recorded in pairs]
    return [f"{name}[{number}]: {text}" for number, text in enumerate(differences) if text]


def _members(*always: str, if_given: Sequence[str] = ()) -> Compare:
    """Compares members: *always* even when empty, *if_given* only when the test names them."""

    def compare_entry(wanted: Any, found: Mapping[str, Any]) -> str:
        texts = []
        for field in msgspec.structs.fields(wanted):
            name, value = field.encode_name, getattr(wanted, field.name)
            given = value is not UNSET and value not in ("", 0)
            if name in always or (name in if_given and given):
                stored = found.get(name, type(value)())
                if stored != value:
                    texts.append(f"{name}: expected {show(value)}, got {show(stored)}")
        return "; ".join(texts)

    return compare_entry


def _registration(wanted: Any, found: Mapping[str, Any]) -> str:
    texts = []
    for field in msgspec.structs.fields(wanted):
        name, value = field.encode_name, getattr(wanted, field.name)
        if value is UNSET:
            continue
        stored = found.get(name) or type(value)()
        if stored != value:
            texts.append(f"{name}: expected {show(value)}, got {show(stored)}")
    return "; ".join(texts)


def _upload(wanted: Any, found: Mapping[str, Any]) -> str:
    if wanted.name != found["name"]:
        return f"name: expected {show(wanted.name)}, got {show(found['name'])}"
    body: bytes = found["body"]
    if wanted.body and wanted.body.encode() != body:
        return f"body: expected {show(wanted.body)}, got {show(body.decode('utf-8', 'replace'))}"
    if wanted.body_base64 is not None:
        return base64_difference("bodyBase64", wanted.body_base64, body)
    return ""


def base64_difference(name: str, wanted: str, found: bytes) -> str:
    """What differs between base64 text and bytes; empty when nothing does."""
    try:
        same = base64.b64decode(wanted, validate=True) == found
    except binascii.Error as error:
        return f"{name}: the expected value is not base64: {error}"
    return "" if same else f"{name}: expected {wanted}, got {base64.b64encode(found).decode()}"


def _emit(wanted: Any, found: Mapping[str, Any]) -> str:
    if wanted.event_type != found["eventType"]:
        return f"eventType: expected {show(wanted.event_type)}, got {show(found['eventType'])}"
    if wanted.payload is not UNSET and not partial_match(wanted.payload, found["payload"]):
        return f"payload: expected {show(wanted.payload)}, got {show(found['payload'])}"
    return ""


def _video(wanted: Any, found: Mapping[str, Any]) -> str:
    expected, got = _full_variants(msgspec.to_builtins(wanted)), _full_variants(dict(found))
    return "" if deep_equal(expected, got) else f"expected {show(expected)}, got {show(got)}"


def _full_variants(update: dict[str, Any]) -> dict[str, Any]:
    if "variants" in update:
        variants = msgspec.convert(update["variants"], list[StreamVariant])
        update["variants"] = msgspec.to_builtins(variants)
    return update


_ENTRIES: dict[str, Compare] = {
    "videoConfigWrites": _video,
    "logs": _members("plugin", "level", "message"),
    "browserPushes": _members("title", "body", "url"),
    "userModerations": _members("userId", "enabled", "reason"),
    "userRegistrations": _registration,
    "sessionGrants": _members("userId", if_given=["ttl"]),
    "uploads": _upload,
    "fediversePosts": _members("type", "body", "image", "link"),
    "chatTo": _members("clientId", "text"),
    "emits": _emit,
    "sseSends": _members("channel", if_given=["event", "data"]),
    "httpRequests": _members("url", if_given=["method", "body"]),
}


def _compare_command(wanted: CommandEntry, commands: Sequence[CommandInfo]) -> list[str]:
    found = next((command for command in commands if command.name == wanted.name), None)
    if found is None:
        return [f"commands: {wanted.name!r} is not registered"]
    pairs = [
        (name, getattr(wanted, name), getattr(found, name))
        for name in ("description", "usage")
        if getattr(wanted, name)
    ]
    if wanted.prefix:
        pairs.append(("prefix", wanted.prefix, found.prefix or DEFAULT_PREFIX))
    if wanted.aliases is not UNSET:
        pairs.append(("aliases", wanted.aliases, found.aliases))
    pairs += [
        ("modOnly", wanted.mod_only, found.mod_only),
        ("caseSensitive", wanted.case_sensitive, found.case_sensitive),
        ("cooldownMs", wanted.cooldown_ms, found.cooldown_ms),
    ]
    return [
        f"commands[{wanted.name!r}].{name}: expected {show(value)}, got {show(stored)}"
        for name, value, stored in pairs
        if value != stored
    ]


def _shown(entry: Any) -> Any:
    if isinstance(entry, Mapping):
        return {k: v if not isinstance(v, bytes) else f"{len(v)} bytes" for k, v in entry.items()}
    return entry
