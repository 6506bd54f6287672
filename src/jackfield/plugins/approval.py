"""What an operator has said to a plugin's permissions, and what is still to be asked.

The operator answers once for each permission: it is granted, or it is left out. What a plugin
declares beyond both answers is *undecided*, and keeps it from starting.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jackfield.errors import ApprovalNeeded, InvalidInput
from jackfield.plugins.permissions import Grants, Permission
from jackfield.plugins.spec import PluginSpec

if TYPE_CHECKING:
    from jackfield.plugins.dialect import LesserRight, PermissionInfo

Known = Container[str] | Mapping[str, Any]
"""The permissions that a dialect knows, by name; with what they mean, lesser rights are checked."""

Answer = Iterable[str] | Literal["all"] | None
"""Written forms or bare names of what is granted, everything, or nothing new."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The operator's answers for one plugin: at most one right a name in either."""

    granted: Grants = field(default_factory=Grants)
    refused: Grants = field(default_factory=Grants)

    def undecided(self, spec: PluginSpec, known: Container[str]) -> tuple[Permission, ...]:
        """What of the plugin's declaration nobody has answered for."""
        return tuple(
            p
            for p in grantable(spec, known)
            if remainder(remainder(p, self.granted.get(p.name)), self.refused.get(p.name))
        )

    def require(self, spec: PluginSpec, known: Container[str]) -> None:
        """Whether everything is answered for.

        :raises ApprovalNeeded: naming what is not.
        """
        if missing := [str(p) for p in self.undecided(spec, known)]:
            raise ApprovalNeeded(
                f"asks for permissions that nobody has answered for: {', '.join(missing)}",
                missing=missing,
                plugin=spec.slug,
                hint="grant all or some of them when you enable it",
            )

    def within(self, spec: PluginSpec) -> Decision:
        """The part of the answers that concerns what this plugin declares."""
        return Decision(_within(self.granted, spec), _within(self.refused, spec))

    def answered(self, spec: PluginSpec, known: Known, answer: Answer) -> Decision:
        """The answers after the operator said *answer*.

        ``all`` grants everything that can be; a list grants its entries, and leaves out the rest.

        :raises InvalidInput: a permission that the plugin does not declare, or that its dialect
            does not know.
        """
        if answer is None:
            return self.within(spec)
        wanted = grantable(spec, known)
        if answer == "all":
            return Decision(Grants(wanted))
        texts = [answer] if isinstance(answer, str) else list(answer)
        granted = Grants(_pick(text, spec, known) for text in texts)
        rest = (remainder(p, granted.get(p.name)) for p in wanted)
        return Decision(granted, Grants(p for p in rest if p is not None))

    def restored(self, earlier: Decision, spec: PluginSpec) -> Decision:
        """The answers for a version that is returned to, whose own were *earlier*.

        They count again, except where the operator has since refused something of that name: then
        today's answer stays.
        """
        names = {p.name for p in (*earlier.granted, *earlier.refused)}
        names -= {p.name for p in self.refused}
        now, then = self.within(spec), earlier.within(spec)
        return Decision(
            Grants(_choose(names, now.granted, then.granted)),
            Grants(_choose(names, now.refused, then.refused)),
        )


def grantable(spec: PluginSpec, known: Container[str]) -> tuple[Permission, ...]:
    """What the plugin declares and its dialect knows."""
    return tuple(p for p in spec.permissions if p.name in known)


def remainder(wanted: Permission | None, answer: Permission | None) -> Permission | None:
    """What of *wanted* the answer says nothing about; ``None`` when nothing is left."""
    if wanted is None or answer is None:
        return wanted
    if answer.covers(wanted):
        return None
    if [key for key, _ in wanted.parameters] == [key for key, _ in answer.parameters]:
        (key, asked), *others = wanted.parameters
        (_, given), *_ = answer.parameters
        if not others:
            return Permission.of(wanted.name, **{key: set(asked) - set(given)})
    return wanted


def _within(answers: Grants, spec: PluginSpec) -> Grants:
    found = []
    for declared in spec.permissions:
        answer = answers.get(declared.name)
        if answer is None:
            continue
        if answer.covers(declared):
            found.append(declared)
        elif declared.covers(answer):
            found.append(answer)
        elif (rest := remainder(declared, answer)) != declared and rest is not None:
            key, asked = declared.parameters[0]
            common = set(asked) & set(answer.values(key) or ())
            found.append(Permission.of(declared.name, **{key: common}))
    return Grants(found)


def _choose(names: Container[str], now: Grants, then: Grants) -> list[Permission]:
    return [p for p in then if p.name in names] + [p for p in now if p.name not in names]


def _pick(text: str, spec: PluginSpec, known: Known) -> Permission:
    """The permission that the operator means: a bare name is the right as it is declared."""
    permission = Permission.parse(text)
    declared = next((p for p in spec.permissions if p.name == permission.name), None)
    if declared is None:
        asked = ", ".join(map(str, spec.permissions)) or "nothing"
        raise InvalidInput(
            f"does not ask for {permission.name!r}; it asks for: {asked}",
            plugin=spec.slug,
            field="grant",
        )
    if permission.name not in known:
        raise InvalidInput(
            f"{permission.name!r} cannot be granted: dialect {spec.dialect!r} does not know it",
            plugin=spec.slug,
            field="grant",
        )
    if permission == declared or not permission.parameters:
        return declared
    if not declared.covers(permission):
        raise InvalidInput(
            f"{permission} is more than the plugin asks for, which is {declared}",
            plugin=spec.slug,
            field="grant",
        )
    if isinstance(known, Mapping):
        _check_lesser(permission, declared, known[permission.name], spec.slug)
    return permission


def lesser_right(granted: Permission, info: PermissionInfo) -> LesserRight | None:
    """The lesser right that was granted in place of the whole one, if one was."""
    return next((one for one in info.lesser if granted.values(one.parameter) is not None), None)


def _check_lesser(
    permission: Permission, declared: Permission, info: PermissionInfo, slug: str
) -> None:
    """Whether what it is limited to means something.

    :raises InvalidInput: it does not; the message names what would.
    """
    if not info.lesser:
        return
    for parameter, values in permission.parameters:
        if declared.values(parameter) is not None:
            continue
        if not any(one.parameter == parameter and values == (one.value,) for one in info.lesser):
            forms = " or ".join(
                str(Permission.of(permission.name, **{one.parameter: [one.value]}))
                for one in info.lesser
            )
            found = f"{parameter}={','.join(values)}"
            raise InvalidInput(
                f"{found!r} is nothing that {permission.name} can be limited to; expected {forms}, "
                f"or {declared} for all of it",
                plugin=slug,
                field="grant",
            )
