"""What an operator can do with a host, in plain JSON.

The platform API and the command line both go through here: the API is these methods over HTTP,
and a command that finds no running host calls them itself. So both say the same of the same thing.
"""

from __future__ import annotations

import mimetypes
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, cast

from msgspec import to_builtins

from jackfield.errors import ConfirmationNeeded, NotFound
from jackfield.host import Host
from jackfield.plugins.approval import lesser_right
from jackfield.plugins.dialect import PermissionInfo
from jackfield.plugins.files import FolderFiles
from jackfield.plugins.job_follower import JobFollower
from jackfield.plugins.jobs import Jobs
from jackfield.plugins.logs import read_file
from jackfield.plugins.permissions import Grants, Permission
from jackfield.plugins.spec import Action
from jackfield.plugins.states import PluginState
from jackfield.services.access_tokens import check_scopes
from jackfield.services.accounts import Accounts

JSON = dict[str, Any]

FOLLOW_S = 0.2
"""How often one who follows a job looks; its end is noticed at once."""


class Operations:
    """The operator's side of one host.

    :param host: composed; started or not. Everything works on a stopped host too, and what is
        enabled there starts with the next :meth:`Host.start`.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.registry = host.registry
        self._accounts = host.services.get(Accounts)
        self._jobs = host.services.get(Jobs)

    # The host

    def info(self) -> JSON:
        """Version, place, dialects and the state of the whole."""
        import jackfield

        states = [state.state for state in self.registry.list()]
        return {
            "version": jackfield.__version__,
            "python": platform.python_version(),
            "pid": os.getpid(),
            "data": str(self.host.data.path),
            "safe_mode": self.registry.safe_mode,
            "engine": self.host.engine.to_dict(),
            "dialects": [
                {"name": d.name, "title": d.title, "suffixes": list(d.suffixes)}
                for d in self.host.dialects.values()
            ],
            "plugins": {state: states.count(state) for state in sorted(set(states))},
        }

    def operate(self, dialect: str, command: str, params: Mapping[str, Any]) -> Any:
        """Have a dialect do what it lets operators do besides managing its plugins.

        :raises NotFound: no such dialect or command, or nothing of the name that it was given.
        :raises InvalidInput: parameters that do not fit.
        """
        found = self.host.dialects.get(dialect)
        answer = getattr(found, "operate", None)
        if answer is None:
            raise NotFound(f"no dialect {dialect!r} with commands is part of this host")
        return answer(self.host.core, command, params)

    # Plugins: what there is

    def plugins(self) -> list[JSON]:
        """Every installed plugin, sorted by slug."""
        return [self._plugin(state) for state in self.registry.list()]

    def plugin(self, slug: str) -> JSON:
        """One installed plugin.

        :raises NotFound: no plugin of that slug.
        """
        return self._plugin(self.registry.get(slug))

    def _plugin(self, state: PluginState) -> JSON:
        dialect = self.host.dialects.get(state.dialect)
        known = dialect.permissions if dialect else {}
        granted = Grants.parse(state.granted)
        asks = [
            _ask(Permission.parse(text), known, granted, Grants.parse(state.missing))
            for text in state.permissions
        ]
        return {**state.to_dict(), "asks": asks}

    # Plugins: their life

    def install(self, source: Path, *, dialect: str | None = None) -> JSON:
        """Install an archive or folder. None of its code runs."""
        return self._plugin(self.registry.install(source, dialect=dialect))

    def enable(self, slug: str, grant: Iterable[str] | Literal["all"] | None = None) -> JSON:
        """Enable a plugin, granting permissions by their written form or bare name.

        :raises ApprovalNeeded: it asks for more than was granted now and before.
        """
        return self._plugin(self.registry.enable(slug, grant))

    def disable(self, slug: str) -> JSON:
        """Stop a plugin and keep it stopped."""
        return self._plugin(self.registry.disable(slug))

    def reload(self, slug: str) -> JSON:
        """Stop a plugin and start it again from its files."""
        return self._plugin(self.registry.reload(slug))

    def update(self, slug: str, source: Path) -> JSON:
        """Take another version of a plugin; the one before is kept."""
        return self._plugin(self.registry.update(slug, source))

    def rollback(self, slug: str, version: str | None = None) -> JSON:
        """Return to a kept version, by default the one before."""
        return self._plugin(self.registry.rollback(slug, version))

    def uninstall(self, slug: str, *, keep_data: bool = True) -> JSON:
        """Remove a plugin; with ``keep_data=False`` also what it stored, also if the plugin itself
        is gone already.

        :raises NotFound: neither the plugin nor kept data of it is there.
        """
        kept = None if keep_data else self.registry.kept_data().get(slug)
        if kept is not None:
            self.registry.delete_kept_data(slug)
            return {"slug": slug, "dialect": kept, "data_kept": False}
        state = self._plugin(self.registry.get(slug))
        self.registry.uninstall(slug, keep_data=keep_data)
        return {**state, "data_kept": keep_data}

    def leave_safe_mode(self) -> JSON:
        """Start the enabled plugins after all."""
        self.registry.leave_safe_mode()
        return self.info()

    # Plugins: what belongs to one

    def versions(self, slug: str) -> list[JSON]:
        """The kept versions, newest first: ``id``, ``version``, ``installed_at``, ``current``,
        ``pending``."""
        return [to_builtins(version) for version in self.registry.versions(slug)]

    def settings(self, slug: str) -> JSON:
        """``fields``, in the order of a form, ``values`` by their id, and whether the fields are
        ``open``: then others may be set too.

        A secret's value is never there, only whether one is set.
        """
        fields = [to_builtins(field) for field in self.registry.spec(slug).settings]
        schema = self.registry.spec(slug).settings
        return {"fields": fields, "values": self.registry.settings(slug), "open": schema.open}

    def set_settings(self, slug: str, values: Mapping[str, Any], *, replace: bool = False) -> JSON:
        """Store settings; those not named keep their value, ``None`` returns one to its default.

        :param replace: those not named lose their value.
        :raises InvalidInput: an unknown field or a value of the wrong type; nothing is stored.
        """
        self.registry.set_settings(slug, values, replace=replace)
        return self.settings(slug)

    def actions(self, slug: str) -> list[JSON]:
        """What can be run: ``id``, ``label``, ``description``, how its button looks, the ``events``
        that run it, and ``confirm``: the ``title`` and ``message`` to ask first, or ``None``."""
        settings = self.registry.settings(slug)
        return [_action(action, settings) for action in self.registry.spec(slug).actions]

    # Jobs

    def run(
        self,
        slug: str,
        action: str,
        params: Mapping[str, Any] | None = None,
        *,
        confirm: bool = False,
        background: bool = False,
    ) -> JSON:
        """Run an action, and return its job: ended, unless in the *background*.

        However the plugin fails, that is in the job: ``state``, ``result`` and ``error``.

        :param confirm: the operator was asked what the action asks, and agreed.
        :raises NotFound: no such plugin or action.
        :raises ConfirmationNeeded: the action asks first.
        :raises Conflict: the plugin does not run.
        """
        spec = self.registry.spec(slug)
        declared = spec.action(action)
        if declared is None:
            known = ", ".join(each.id for each in spec.actions) or "none"
            raise NotFound(f"has no action {action!r}; there are: {known}", plugin=slug)
        if not confirm and declared.asks(self.registry.settings(slug)):
            raise ConfirmationNeeded(
                declared.confirm_title, declared.confirm or "", plugin=slug, action=action
            )
        job = self.registry.start_action(slug, action, params)
        if not background:
            job.wait()
        return job.to_dict()

    def jobs(
        self,
        *,
        plugin: str | None = None,
        dialect: str | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> list[JSON]:
        """The newest jobs, newest first, whoever started them.

        :raises InvalidInput: no such state.
        """
        return [job.to_dict() for job in self._jobs.list(plugin, dialect, state, limit)]

    def job(self, job_id: int | str) -> JSON:
        """One job.

        :raises NotFound: no such job, or not any more.
        """
        return self._jobs.get(job_id).to_dict()

    def job_log(self, job_id: int | str, *, after: int = 0) -> list[JSON]:
        """What is kept of a job's log: the entries whose number is above *after*, oldest first."""
        return [line.to_dict() for line in self._jobs.get(job_id).lines(after)]

    def cancel_job(self, job_id: int | str) -> JSON:
        """Ask a job to end. It may go on until its work notices.

        :raises NotFound: no such job.
        :raises Conflict: it has ended already.
        """
        return self._jobs.cancel(job_id).to_dict()

    def follow_job(self, job_id: int | str, *, after: int = 0) -> Iterator[tuple[str, JSON]]:
        """``("log", entry)`` and ``("job", job)`` as they come, until the job has ended.

        :raises NotFound: no such job; at the first step.
        """
        follower = self.job_follower(job_id, after=after)
        while True:
            yield from follower.news()
            if follower.over:
                return
            follower.job.wait(FOLLOW_S)

    def job_follower(self, job_id: int | str, *, after: int = 0) -> JobFollower:
        """What :meth:`follow_job` and the API's stream are made of."""
        return JobFollower(self._jobs.get(job_id), after)

    def log(self, slug: str, *, lines: int = 100, after: int = 0) -> list[JSON]:
        """The newest entries of a plugin's log whose number is above *after*, oldest first.

        Entries that an earlier run of the host wrote have the number 0.
        """
        newest = self.registry.log(slug).tail(lines, after=after)
        entries = [line.to_dict() for line in newest]
        if after or len(entries) >= lines:
            return entries
        # The file ends with what the ring holds.
        kept = read_file(self.host.data.log_file(slug), lines)
        earlier = kept[: len(kept) - len(entries)]
        return [{**line.to_dict(), "number": 0} for line in earlier] + entries

    def log_tail(self, slug: str, *, after: int) -> list[JSON]:
        """Entries above *after* from memory alone: cheap enough to ask often."""
        return [line.to_dict() for line in self.registry.log(slug).tail(1000, after=after)]

    def stats(self, slug: str) -> JSON:
        """What was counted of a plugin since the host started, and the memory it holds now."""
        dialect = self.registry.get(slug).dialect
        running = self.registry.running(slug)
        held = 0 if running is None else running.runtime.memory_bytes
        return {**self.host.dispatcher.stats(slug, dialect).to_dict(), "memory_bytes": held}

    def icon(self, slug: str) -> tuple[bytes, str]:
        """A plugin's picture and its media type.

        :raises NotFound: it has none.
        """
        name, content = self._file(slug, "icon", self.registry.spec(slug).icon)
        return content, mimetypes.guess_type(name)[0] or "application/octet-stream"

    def instructions(self, slug: str) -> dict[str, str]:
        """A plugin's help for its operator: ``markdown`` as written, ``html`` made safe.

        :raises NotFound: it has none.
        """
        _, content = self._file(slug, "instructions", self.registry.spec(slug).instructions)
        markdown = content.decode("utf-8", "replace")
        return {"markdown": markdown, "html": render_markdown(markdown)}

    def _file(self, slug: str, what: str, name: str | None) -> tuple[str, bytes]:
        if name is None:
            raise NotFound(f"has no {what}", plugin=slug)
        return name, FolderFiles(self.registry.folder(slug)).read(name)

    # People and the tokens of programs

    def users(self) -> list[JSON]:
        """Everybody who is not a bot, newest first."""
        return [to_builtins(user) for user in self._accounts.all()]

    def create_user(self, name: str, scopes: Sequence[str] = ()) -> JSON:
        """A new person and the secret by which they are known, which is shown this once."""
        check_scopes(tuple(scopes))
        user, secret = self._accounts.register(name)
        if scopes:
            user = self._accounts.promote(user.id, *scopes)
        return {**to_builtins(user), "token": secret}

    def change_user(
        self,
        name_or_id: str,
        *,
        add_scopes: Sequence[str] = (),
        remove_scopes: Sequence[str] = (),
        banned: bool | None = None,
        reason: str = "",
    ) -> JSON:
        """Give or take scopes, ban somebody, or let them in again.

        :raises NotFound: nobody has that name or id.
        :raises Conflict: several have that name.
        """
        user = self._accounts.find(name_or_id)
        check_scopes((*add_scopes, *remove_scopes))
        if add_scopes:
            self._accounts.promote(user.id, *add_scopes)
        if remove_scopes:
            self._accounts.demote(user.id, *remove_scopes)
        if banned is not None:
            self._accounts.set_enabled(user.id, not banned, reason)
        return cast(JSON, to_builtins(self._accounts.get(user.id)))

    def admin_link(self) -> JSON:
        """A secret that makes the first person who presents it an administrator; good for a day."""
        return {"claim": self._accounts.tokens.create_claim()}

    def tokens(self) -> list[JSON]:
        """The tokens of programs, newest first; never their secrets."""
        return [to_builtins(token) for token in self._accounts.tokens.all()]

    def create_token(
        self, name: str, scopes: Sequence[str] = ("ADMIN",), days: int | None = None
    ) -> JSON:
        """A token for a program, with its secret, which is shown this once."""
        lifetime = None if days is None else timedelta(days=days)
        token, secret = self._accounts.tokens.create(name, tuple(scopes), lifetime)
        return {**to_builtins(token), "token": secret}

    def revoke_token(self, token_id: str) -> JSON:
        """Make a token worthless.

        :raises NotFound: no such token.
        """
        self._accounts.tokens.revoke(token_id)
        return {"id": token_id, "revoked": True}


def _action(action: Action, settings: Mapping[str, Any]) -> JSON:
    asked = {"title": action.confirm_title, "message": action.confirm}
    found: JSON = to_builtins(action)
    for inner in ("confirm_title", "confirm_setting"):
        del found[inner]
    return {**found, "events": list(action.events),
            "confirm": asked if action.asks(settings) else None}  # fmt: skip


def _ask(
    asked: Permission, known: Mapping[str, PermissionInfo], granted: Grants, missing: Grants
) -> JSON:
    """What a plugin asks for, in words, and what was answered.

    ``title`` and ``risk`` are of the lesser right where the operator granted one; ``granted`` is
    the form that was granted, ``lesser`` what may be granted instead of the whole.
    """
    name = asked.name
    info = known.get(name) or PermissionInfo(f"{name}: unknown to this host", "high")
    own = granted.get(name) if name not in missing else None
    meant = (lesser_right(own, info) if own is not None else None) or info
    lesser = [
        {
            "permission": str(Permission.of(name, **{one.parameter: [one.value]})),
            "title": one.title,
            "risk": one.risk,
        }
        for one in info.lesser
    ]
    return {
        "permission": str(asked),
        "title": meant.title,
        "risk": meant.risk,
        "answer": "open" if name in missing else "granted" if own is not None else "refused",
        "granted": None if own is None else str(own),
        "lesser": lesser,
    }


def render_markdown(text: str) -> str:
    """Markdown as HTML that is safe to show: no scripts, no forms, links of known schemes only."""
    import nh3
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text)
    return nh3.clean(html, link_rel="noopener noreferrer nofollow")
