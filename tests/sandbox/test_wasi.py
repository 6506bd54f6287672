"""What a plugin can reach of the machine: nothing. And the little it is given is right."""

from __future__ import annotations

import datetime
import time
import zoneinfo

import pytest

from jackfield.sandbox import Limits, PluginCrashed, PluginRaised, SandboxError

pytestmark = pytest.mark.sandbox

# The complete list: what is not here cannot be asked for, and of these most functions are denied.
ALLOWED_IMPORTS = {
    "host-call",
    "print",
    *(
        f"wasi:{name}@0.2.9"
        for name in (
            "cli/environment",
            "cli/exit",
            "cli/stderr",
            "cli/stdin",
            "cli/stdout",
            "cli/terminal-input",
            "cli/terminal-output",
            "cli/terminal-stderr",
            "cli/terminal-stdin",
            "cli/terminal-stdout",
            "clocks/monotonic-clock",
            "clocks/wall-clock",
            "filesystem/preopens",
            "filesystem/types",
            "io/error",
            "io/poll",
            "io/streams",
            "random/random",
            "sockets/instance-network",
            "sockets/ip-name-lookup",
            "sockets/network",
            "sockets/tcp",
            "sockets/tcp-create-socket",
            "sockets/udp",
            "sockets/udp-create-socket",
        )
    ),
}


def evaluate(load, body, **options):
    """The result of a function body inside the sandbox."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return load(f"def run(_):\n{lines}", **options).call("run", seconds=5)


def failure(load, body):
    """The type of the exception that a function body ends with."""
    with pytest.raises(PluginRaised) as caught:
        evaluate(load, body)
    return caught.value.type


def test_the_guest_imports_exactly_what_is_listed(engine):
    assert engine.imports == ALLOWED_IMPORTS


def test_the_component_itself_asks_for_nothing_else(engine):
    assert set(engine._component.type.imports(engine._engine)) == ALLOWED_IMPORTS


# Files


@pytest.mark.parametrize(
    "body",
    [
        "open('/etc/passwd').read()",
        "open('x', 'w')",
        "open('/tmp/x', 'a')",
        "import os; os.listdir('/')",
        "import os; os.listdir('.')",
        "import os; os.mkdir('/tmp/x')",
        "import os; os.remove('/etc/passwd')",
        "import os; os.open('/dev/null', os.O_RDWR)",
        "import os; os.stat('/etc')",
        "import os; os.rename('/a', '/b')",
        "import os; os.symlink('/etc/passwd', 'x')",
        "import os; os.chdir('/')",
        "import pathlib; pathlib.Path('/etc/passwd').read_text()",
        "import tempfile; tempfile.TemporaryFile()",
        "import sqlite3; sqlite3.connect('/tmp/x.db').execute('create table t (x)')",
        "import shutil; shutil.copy('/etc/passwd', '/tmp/x')",
        "import _io; _io.open_code('/etc/passwd')",
        "import os; os.open('../../../../etc/passwd', 0)",
        "import os; os.scandir('/proc')",
    ],
)
def test_no_file_can_be_reached(load, body):
    assert failure(load, body) in {
        "FileNotFoundError",
        "PermissionError",
        "OSError",
        "OperationalError",
        "NotADirectoryError",
    }


def test_no_open_descriptor_leads_anywhere(load):
    body = (
        "import os\nfound = []\n"
        "for number in range(3, 256):\n"
        "    try: os.fstat(number)\n"
        "    except OSError: continue\n"
        "    found.append(number)\n"
        "return found"
    )
    assert evaluate(load, body) == []


def test_there_is_no_input(load):
    assert failure(load, "input()") == "EOFError"
    assert evaluate(load, "import sys\nreturn sys.stdin.read()") == ""


# Network


@pytest.mark.parametrize(
    "body",
    [
        "import socket; socket.socket()",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_INET6)",
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "import socket; socket.create_server(('127.0.0.1', 0))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import socket; socket.gethostbyname('example.org')",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1')",
        "import http.client; http.client.HTTPConnection('127.0.0.1').request('GET', '/')",
        "import asyncio; asyncio.run(asyncio.sleep(0))",
    ],
)
def test_no_network_can_be_reached(load, body):
    assert failure(load, body) in {
        "PermissionError",
        "OSError",
        "URLError",
        "gaierror",
        "AttributeError",
    }


# Processes, threads, environment


@pytest.mark.parametrize(
    "body",
    [
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', [])",
        "import os; os.posix_spawn('/bin/true', [], {})",
        "import os; os.popen('true')",
        "import os; os.kill(1, 9)",
        "import multiprocessing",
        "import threading; threading.Thread(target=print).start()",
        "import _thread; _thread.start_new_thread(print, ())",
        "import concurrent.futures as f; f.ThreadPoolExecutor().submit(print).result()",
        "import ctypes",
        "import mmap",
        "import fcntl",
        "import resource",
        "import ssl",
    ],
)
def test_no_process_thread_or_native_code(load, body):
    assert failure(load, body) in {
        "OSError",
        "AttributeError",
        "ModuleNotFoundError",
        "RuntimeError",
        "PermissionError",
    }


def test_no_environment_and_no_arguments(load, monkeypatch):
    monkeypatch.setenv("JACKFIELD_SECRET", "canary")
    body = "import os, sys\nreturn [dict(os.environ), sys.argv, os.getcwd()]"
    assert evaluate(load, body) == [{}, [], "/"]


def test_nothing_of_the_build_machine_is_left(load):
    body = (
        "import sys, os\n"
        "texts = [*sys.path, sys.prefix, sys.executable or '', *os.environ.values()]\n"
        "return [t for t in texts if '/tmp' in t or '/home' in t or '/root' in t]"
    )
    assert evaluate(load, body) == []


def test_a_denied_function_is_named(load):
    with pytest.raises(PluginCrashed, match="wasi:cli/exit#exit is not available in the sandbox"):
        evaluate(load, "import os; os._exit(0)")


# Clocks


def test_the_time_is_right(load):
    instance = load("import time\ndef run(_): return time.time()\n")
    before = time.time()
    inside = instance.call("run", seconds=1)
    assert before <= inside <= time.time()


def test_the_date_is_right(load):
    body = "import datetime\nreturn datetime.datetime.now(datetime.UTC).isoformat()"
    inside = datetime.datetime.fromisoformat(evaluate(load, body))
    assert abs(inside - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(seconds=60)


def test_the_monotonic_clock_runs(load):
    body = "import time\na = time.monotonic_ns()\ntime.sleep(0.01)\nreturn time.monotonic_ns() - a"
    assert evaluate(load, body) >= 10_000_000


def test_time_zones_are_there(load):
    body = (
        "import datetime, zoneinfo\n"
        "moment = datetime.datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))\n"
        "return [moment.utcoffset().total_seconds(), len(zoneinfo.available_timezones()) > 500]"
    )
    assert evaluate(load, body) == [7200, True]
    assert failure(load, "import zoneinfo; zoneinfo.ZoneInfo('Mars/Base')") == (
        zoneinfo.ZoneInfoNotFoundError.__name__
    )


def test_too_many_timers_end_the_call(load):
    body = "import select, time\nfor _ in range(200):\n    time.sleep(0.0001)\nreturn 'ok'"
    assert evaluate(load, body) == "ok"  # finished ones do not count


def test_sleeping_longer_than_allowed_is_a_limit(load):
    with pytest.raises(SandboxError, match="sleep_seconds"):
        evaluate(load, "import time; time.sleep(0.2)", limits=Limits(sleep_seconds=0.1))


# Random numbers

RANDOM = {
    "random": "import random\nreturn random.random()",
    "Random": "import random\nreturn random.Random().random()",
    "SystemRandom": "import random\nreturn random.SystemRandom().random()",
    "urandom": "import os\nreturn os.urandom(16).hex()",
    "secrets": "import secrets\nreturn secrets.token_hex(16)",
    "uuid4": "import uuid\nreturn str(uuid.uuid4())",
    "uuid1": "import uuid\nreturn str(uuid.uuid1())",
    "while loading": "return value",
}


@pytest.mark.parametrize("body", RANDOM.values(), ids=RANDOM.keys())
def test_random_numbers_differ_between_instances(load, body):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = f"import random\nvalue = random.random()\ndef run(_):\n{lines}"
    instances = [load(source, name=f"p{n}") for n in range(4)]
    numbers = {instance.call("run", seconds=1) for instance in instances}
    assert len(numbers) == 4
    instances[0].restart()
    assert instances[0].call("run", seconds=1) not in numbers


def test_random_bytes_have_the_length_asked_for(load):
    body = "import os\nreturn [len(os.urandom(n)) for n in (0, 1, 255, 65_536)]"
    assert evaluate(load, body) == [0, 1, 255, 65_536]


# Standard output below Python's own


def test_the_raw_descriptors_lead_to_the_log(load, printed):
    evaluate(load, "import os\nos.write(1, b'one\\n')\nos.write(2, b'two\\xff\\n')")
    assert printed == [("stdout", "one"), ("stderr", r"two\xff")]


def test_the_original_streams_lead_to_the_log(load, printed):
    evaluate(load, "import sys\nsys.__stdout__.write('there')\nsys.__stdout__.flush()")
    assert printed == [("stdout", "there")]


# The library


@pytest.mark.parametrize(
    "body",
    [
        "import json; return json.loads(json.dumps({'a': [1]}))['a'][0] == 1",
        "import re; return re.sub('a+', 'b', 'caat') == 'cbt'",
        "import hashlib; return hashlib.sha256(b'').hexdigest()[:8] == 'e3b0c442'",
        "import hmac; return len(hmac.digest(b'k', b'm', 'sha256')) == 32",
        "import sqlite3; return sqlite3.connect(':memory:').execute('select 1').fetchone()[0] == 1",
        "import decimal; return str(decimal.Decimal('0.1') + decimal.Decimal('0.2')) == '0.3'",
        "import zlib; return zlib.decompress(zlib.compress(b'x')) == b'x'",
        "import csv, io; return next(csv.reader(io.StringIO('a,b'))) == ['a', 'b']",
        "import tomllib; return tomllib.loads('a = 1') == {'a': 1}",
        "import xml.etree.ElementTree as e; return e.fromstring('<a><b/></a>')[0].tag == 'b'",
        "import xml.dom.minidom as m; return m.parseString('<a/>').documentElement.tagName == 'a'",
        "import html; return html.escape('<') == '&lt;'",
        "import email.message; return email.message.EmailMessage() is not None",
        "import datetime; return datetime.datetime.strptime('2026', '%Y').year == 2026",
        "import urllib.parse; return urllib.parse.quote('ä') == '%C3%A4'",
        "import collections; return collections.Counter('aab')['a'] == 2",
        "import statistics; return statistics.mean([1, 3]) == 2",
        "import base64; return base64.b64decode('YQ==') == b'a'",
        "import threading; return threading.Lock().acquire()",
        "import io, zipfile; zipfile.ZipFile(io.BytesIO(), 'w').writestr('a', 'b'); return True",
        "return 'xn--mller-kva'.encode().decode('idna') == 'müller'",
        "return 'ä'.encode('cp1252') == b'\\xe4'",
    ],
)
def test_the_library_works(load, body):
    assert evaluate(load, body) is True
