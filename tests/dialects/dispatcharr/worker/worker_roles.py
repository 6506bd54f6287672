"""What the processes of these tests do: the real worker, and a plugin's process in small."""

from __future__ import annotations

import importlib
import os
import socket
import sys
import threading
from typing import Any

from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link


def main(sock: socket.socket, config: dict[str, Any]) -> None:
    if config.get("role") == "plugin":
        _plugin(sock, config)
    else:
        from jackfield.dialects.dispatcharr.worker import celery_app
        from jackfield.dialects.dispatcharr.worker.main import main as worker

        celery_app.TASK_MODULES = (*celery_app.TASK_MODULES, "sample_tasks")
        worker(sock, config)


def _plugin(sock: socket.socket, config: dict[str, Any]) -> None:
    from jackfield.dialects.dispatcharr import django_setup
    from jackfield.dialects.dispatcharr.worker import plugin_tasks

    django_setup.migrate()
    gone = threading.Event()

    def act(what: str, params: dict[str, Any]) -> Any:
        result = sys.modules["sample_plugin"].act(what, **params)
        plugin_tasks.announce(["sample_plugin"])
        return result

    def load() -> list[str]:
        importlib.import_module("sample_plugin")
        return plugin_tasks.announce(["sample_plugin"])

    handlers = {
        "load": load,
        "act": act,
        "task.run": plugin_tasks.run,
        "task.interrupt": plugin_tasks.interrupt,
    }
    link = Link(sock, handlers, gone.set, name="host")
    here.attach(link, "plugin", of_plugin=str(config["key"]))
    gone.wait()
    os._exit(0)
