"""Starts a plugin as it was granted: as trusted code in a process of its own, or in the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackfield.dialects.dispatcharr.manifest import PERMISSION
from jackfield.dialects.dispatcharr.started_plugin import StartedPlugin
from jackfield.plugins.dialect import LesserRight, PermissionInfo, PluginContext, PluginFailure

if TYPE_CHECKING:
    from jackfield.dialects.dispatcharr.installation import Installation

SANDBOX: Final = LesserRight(
    "sandbox",
    "true",
    "Run in the sandbox: its own settings and log, no channels, guides, accounts, files or network",
)
INFO: Final = PermissionInfo(
    "Run as trusted code: read and change channels, guides, accounts and files of "
    "Dispatcharr, and use the network",
    "high",
    (SANDBOX,),
)
"""What :data:`~.manifest.PERMISSION` means."""


def start(context: PluginContext, installation: Installation) -> StartedPlugin:
    """Start a plugin.

    :raises PluginFailure: its code failed to load, or it may not run.
    :raises Unavailable: no process can be made for it, or there is no sandbox.
    """
    granted = context.grants.get(PERMISSION)
    if granted is None:
        raise PluginFailure(
            f"was not granted {PERMISSION}, so none of its code runs",
            plugin=context.spec.slug,
            call="load",
        )
    runtime: StartedPlugin
    if granted.parameters:  # whatever it is limited to, it is not trusted code
        from jackfield.dialects.dispatcharr.sandboxed.runtime import SandboxedRuntime

        runtime = SandboxedRuntime(context, installation)
    else:
        from jackfield.dialects.dispatcharr.runtime import DispatcharrRuntime

        runtime = DispatcharrRuntime(context, installation)
    installation.starting(runtime)
    try:
        runtime.start()
    except BaseException:
        installation.stopped(runtime)
        raise
    return runtime
