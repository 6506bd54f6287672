"""Any order of operations, with restarts and full disks in between, keeps every promise."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jackfield.errors import ApprovalNeeded, Conflict, InvalidInput, NotFound, SurroundingsError
from jackfield.plugins import records
from jackfield.plugins.permissions import Permission
from plugins.stage import Stage, folder

SLUGS = st.sampled_from(["lamp", "rope"])
HOSTS = ["network.fetch(hosts=a)", "network.fetch(hosts=a,b)", "network.fetch"]
PERMISSIONS = st.lists(
    st.sampled_from(["kv", "chat.send", *HOSTS]), max_size=3, unique_by=lambda p: p.split("(")[0]
)
STARTS = st.sampled_from(["runs", "runs", "fails"])
REFUSED = (ApprovalNeeded, Conflict, InvalidInput, NotFound)


class RegistryMachine(RuleBasedStateMachine):
    """The model is small: what each plugin was granted, and what the operator wants."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="jackfield-machine-"))
        (self.root / "src").mkdir()
        self.stage = Stage(self.root / "data", kept_versions=1)
        self.full = False
        self.wanted: dict[str, bool] = {}
        self.granted: dict[str, list[str]] = {}

    def teardown(self) -> None:
        self.stage.close()
        shutil.rmtree(self.root)

    def attempt(self, call: Any, *args: Any) -> Any:
        """A refusal is fine anywhere; that nothing broke is what the invariants look at."""
        try:
            return call(*args)
        except REFUSED:
            return None
        except SurroundingsError:
            assert self.full
            return None

    # -- operations -------------------------------------------------------------------------------

    @rule(slug=SLUGS, permissions=PERMISSIONS, start=STARTS)
    def install(self, slug: str, permissions: list[str], start: str) -> None:
        source = folder(self.root / "src", slug, permissions=permissions, start=start)
        if self.attempt(self.stage.registry.install, source) is not None:
            assert slug not in self.wanted
            self.wanted[slug], self.granted[slug] = False, []

    @rule(slug=SLUGS, permissions=PERMISSIONS, start=STARTS)
    def update(self, slug: str, permissions: list[str], start: str) -> None:
        source = folder(self.root / "src", slug, permissions=permissions, start=start)
        before = self.stage.registry.running(slug)
        state = self.attempt(self.stage.registry.update, slug, source)
        if state is not None and before is not None:
            assert state.state == "running" or self.full or before.spec.details["start"] == "fails"

    @rule(slug=SLUGS, version=st.sampled_from([None, "1.0.0"]))
    def rollback(self, slug: str, version: str | None) -> None:
        self.attempt(self.stage.registry.rollback, slug, version)

    @rule(slug=SLUGS, grant=st.one_of(st.none(), st.just("all"), PERMISSIONS))
    def enable(self, slug: str, grant: Any) -> None:
        state = self.attempt(self.stage.registry.enable, slug, grant)
        if state is not None:
            assert state.missing == () and state.enabled
            self.wanted[slug] = True
            if grant is not None:
                self.granted[slug] += state.permissions if grant == "all" else grant

    @rule(slug=SLUGS)
    def disable(self, slug: str) -> None:
        self.attempt(self.stage.registry.disable, slug)
        assert self.stage.registry.running(slug) is None
        if slug in self.wanted:
            self.wanted[slug] = False

    @rule(slug=SLUGS)
    def reload(self, slug: str) -> None:
        self.attempt(self.stage.registry.reload, slug)

    @rule(slug=SLUGS)
    def suspend(self, slug: str) -> None:
        self.stage.registry.suspend(slug, "strikes")
        assert self.stage.registry.running(slug) is None

    @rule(slug=SLUGS, keep=st.booleans())
    def uninstall(self, slug: str, keep: bool) -> None:
        self.attempt(self.stage.registry.uninstall, slug, keep)
        if slug in self.wanted and slug not in {s.slug for s in self.stage.registry.list()}:
            del self.wanted[slug], self.granted[slug]
        assert self.stage.registry.running(slug) is None

    @rule()
    def start(self) -> None:
        self.stage.registry.start()

    @rule()
    def stop(self) -> None:
        self.stage.registry.stop()
        assert self.stage.dialect.alive == []

    @precondition(lambda self: not self.full)
    @rule()
    def fill_the_disk(self) -> None:
        def begin() -> Any:
            raise SurroundingsError("the disk is full")

        self.stage.db.begin = begin  # type: ignore[method-assign]
        self.full = True

    @precondition(lambda self: self.full)
    @rule()
    def free_the_disk(self) -> None:
        del self.stage.db.begin  # type: ignore[method-assign]
        self.full = False

    @precondition(lambda self: not self.full)
    @rule()
    def restart(self) -> None:
        for slug in self.wanted:  # what a full disk swallowed is stored with the next change
            self.attempt(self.stage.registry.set_settings, slug, {})
        self.stage.close()
        self.stage = Stage(self.root / "data", kept_versions=1)

    # -- promises ---------------------------------------------------------------------------------

    @invariant()
    def what_runs_is_what_is_said_to_run(self) -> None:
        said = {s.slug for s in self.stage.registry.list() if s.state == "running"}
        alive = [runtime.context.spec.slug for runtime in self.stage.dialect.alive]
        assert sorted(alive) == sorted(said) == sorted(self.stage.dispatcher.attached)
        assert [r.spec.slug for r in self.stage.registry.all_running()] == sorted(said)
        assert not any(s.state == "starting" for s in self.stage.registry.list())

    @invariant()
    def only_what_the_operator_wants_runs(self) -> None:
        for state in self.stage.registry.list():
            assert state.enabled == self.wanted[state.slug]
            assert state.enabled or state.state == "disabled"

    @invariant()
    def nobody_has_more_than_was_granted(self) -> None:
        for runtime in self.stage.dialect.alive:
            context = runtime.context
            for permission in context.grants:
                hosts = set(permission.values("hosts") or ())
                ever = [Permission.parse(g) for g in self.granted[context.spec.slug]]
                limits = [p.values("hosts") for p in ever if p.name == permission.name]
                assert any(limit is None or hosts <= set(limit) for limit in limits)

    @invariant()
    def memory_and_database_agree(self) -> None:
        with self.stage.db.read() as session:
            stored = {record.slug: record for record in records.load(session)}
        entries = self.stage.registry._keeper.entries
        assert set(stored) == set(entries)
        for slug, entry in entries.items():
            assert entry.unsaved or stored[slug] == entry.record

    @invariant()
    def the_files_are_those_of_the_versions(self) -> None:
        data, registry = self.stage.data, self.stage.registry
        assert list(data.staging.iterdir()) == []
        assert {p.name for p in data.plugins.iterdir()} == {s.slug for s in registry.list()}
        for state in registry.list():
            kept = {version.id for version in registry.versions(state.slug)}
            assert {p.name for p in (data.plugins / state.slug).iterdir()} == kept
            assert len(kept) <= 3 or self.full


RegistryMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestRegistryMachine = RegistryMachine.TestCase
