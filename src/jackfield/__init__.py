"""Jackfield: one host that runs the plugins of five self-hosted media ecosystems.

This module is the public surface; everything else may change without notice. Names are loaded on
first use, so that importing it costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield.config import ChatSettings as ChatSettings
    from jackfield.config import Config as Config
    from jackfield.errors import JackfieldError as JackfieldError
    from jackfield.errors import ManifestError as ManifestError
    from jackfield.host import Host as Host
    from jackfield.operations import Operations as Operations
    from jackfield.plugins.dialect import AuthorTools as AuthorTools
    from jackfield.plugins.dialect import Core as Core
    from jackfield.plugins.dialect import Dialect as Dialect
    from jackfield.plugins.dialect import PermissionInfo as PermissionInfo
    from jackfield.plugins.dialect import PluginContext as PluginContext
    from jackfield.plugins.dialect import PluginFailure as PluginFailure
    from jackfield.plugins.dialect import Runtime as Runtime
    from jackfield.plugins.events import Event as Event
    from jackfield.plugins.events import FilterResult as FilterResult
    from jackfield.plugins.events import Subscriptions as Subscriptions
    from jackfield.plugins.files import PluginFiles as PluginFiles
    from jackfield.plugins.http import HttpRequest as HttpRequest
    from jackfield.plugins.http import HttpResponse as HttpResponse
    from jackfield.plugins.jobs import Job as Job
    from jackfield.plugins.jobs import Jobs as Jobs
    from jackfield.plugins.jobs import current_job as current_job
    from jackfield.plugins.permissions import Permission as Permission
    from jackfield.plugins.settings import SettingField as SettingField
    from jackfield.plugins.settings import SettingsSchema as SettingsSchema
    from jackfield.plugins.spec import Action as Action
    from jackfield.plugins.spec import PluginSpec as PluginSpec
    from jackfield.services.chat import Chat as Chat
    from jackfield.services.chat import ChatClient as ChatClient
    from jackfield.services.chat import ChatMessage as ChatMessage
    from jackfield.services.users import User as User
    from jackfield.services.users import Users as Users

_HOME = {
    "Action": "jackfield.plugins.spec",
    "AuthorTools": "jackfield.plugins.dialect",
    "Chat": "jackfield.services.chat",
    "ChatClient": "jackfield.services.chat",
    "ChatMessage": "jackfield.services.chat",
    "ChatSettings": "jackfield.config",
    "Config": "jackfield.config",
    "Core": "jackfield.plugins.dialect",
    "Dialect": "jackfield.plugins.dialect",
    "Event": "jackfield.plugins.events",
    "FilterResult": "jackfield.plugins.events",
    "Host": "jackfield.host",
    "HttpRequest": "jackfield.plugins.http",
    "HttpResponse": "jackfield.plugins.http",
    "JackfieldError": "jackfield.errors",
    "Job": "jackfield.plugins.jobs",
    "Jobs": "jackfield.plugins.jobs",
    "ManifestError": "jackfield.errors",
    "Operations": "jackfield.operations",
    "Permission": "jackfield.plugins.permissions",
    "PermissionInfo": "jackfield.plugins.dialect",
    "PluginContext": "jackfield.plugins.dialect",
    "PluginFailure": "jackfield.plugins.dialect",
    "PluginFiles": "jackfield.plugins.files",
    "PluginSpec": "jackfield.plugins.spec",
    "Runtime": "jackfield.plugins.dialect",
    "SettingField": "jackfield.plugins.settings",
    "SettingsSchema": "jackfield.plugins.settings",
    "Subscriptions": "jackfield.plugins.events",
    "User": "jackfield.services.users",
    "Users": "jackfield.services.users",
    "current_job": "jackfield.plugins.jobs",
}

__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("jackfield")
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'jackfield' has no attribute {name!r}") from None
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
