"""The child process that turns ``engine.wasm`` into native code.

A process of its own because compiling takes 400 MB and both cores for some seconds, and because the
host keeps serving meanwhile. Imports wasmtime and nothing of Jackfield that is heavier.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

import wasmtime
from wasmtime import _ffi, component

from jackfield.sandbox.limits import Limits

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def make_config(stack_bytes: int = Limits().stack_bytes) -> wasmtime.Config:
    """The one engine configuration: compiled code loads only in an engine that has the same."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.cranelift_opt_level = "speed"
    config.max_wasm_stack = stack_bytes
    # Nothing here is asynchronous; without the bookkeeping for it each call is shorter. The setter
    # has no name in wasmtime-py yet.
    _ffi.wasmtime_config_concurrency_support_set(config.ptr(), False)
    return config


def main() -> None:
    """``python -m jackfield.sandbox.compiler ENGINE.wasm OUTPUT [PARENT]``.

    :raises SystemExit: the process *PARENT* is gone already.
    """
    wasm, output = map(Path, sys.argv[1:3])
    if len(sys.argv) > 3:
        end_with(int(sys.argv[3]))
    if hasattr(os, "nice"):
        os.nice(5)  # the host's page and chat come first
    code = component.Component(wasmtime.Engine(make_config()), wasm.read_bytes()).serialize()
    with output.open("wb") as file:
        file.write(code)
        file.flush()
        os.fsync(file.fileno())


def end_with(parent: int) -> None:
    """Be ended when *parent* ends, however that ends: nobody would use what is being made.

    :raises SystemExit: it is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the process that asked for this is gone")


if __name__ == "__main__":
    main()
