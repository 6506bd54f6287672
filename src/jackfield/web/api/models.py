"""What requests to the platform API look like."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A request's body: fields that are not known are a mistake, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Enable(Body):
    """Which permissions to grant: all that the plugin asks for, or these (a written form such as
    ``network.fetch(hosts=api.example.com)``, or a bare name). Without it only what was granted
    before counts."""

    grant: Literal["all"] | list[str] | None = None


class Rollback(Body):
    """Which kept version to return to; without it the one before."""

    version: str | None = None


class Settings(Body):
    """The values to store, by the field's id. Fields that are not named keep theirs."""

    values: dict[str, Any]
    replace: bool = False
    """Whether fields that are not named lose theirs instead."""


class Run(Body):
    """Which action to run, and with what."""

    action: str
    params: dict[str, Any] = {}
    confirm: bool = False
    """The operator was asked what the action asks, and agreed."""
    background: bool = False
    """Answer at once, with the job as it begins."""


class NewUser(Body):
    """A person to make known."""

    name: str
    scopes: list[str] = []


class ChangeUser(Body):
    """What to change of a person; what is not named stays."""

    add_scopes: list[str] = []
    remove_scopes: list[str] = []
    banned: bool | None = None
    reason: str = ""


class NewToken(Body):
    """A token for a program."""

    name: str
    scopes: list[str] = ["ADMIN"]
    days: Annotated[int, Field(ge=1, le=36500)] | None = None
    """How long it is good for; without it for ever."""
