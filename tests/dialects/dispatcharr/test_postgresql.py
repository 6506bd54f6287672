"""The same tables, rows and rules on a real PostgreSQL, beside the host's own tables."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment
from postgresql_rig import cluster, needs_postgresql

pytestmark = [pytest.mark.e2e, needs_postgresql]

MIGRATE = """
import json, sys
from jackfield.dialects.dispatcharr import django_setup
from jackfield.errors import JackfieldError
django_setup.configure(django_setup.Environment.from_dict(json.loads(sys.argv[1])))
try:
    django_setup.migrate()
    django_setup.migrate()
except JackfieldError as error:
    sys.exit(f"refused: {error}")
import atexit
from django.db import connections
atexit.register(connections.close_all)
"""

USE = """
from apps.channels.models import Channel, Stream
from apps.plugins.models import PluginConfig
from core.models import CoreSettings, SystemEvent, UserAgent
from core.utils import log_system_event
from django.db import connection, transaction
stream = Stream.objects.create(name="a", url="http://tv/1", tvg_id="a.uk", stream_id=2**40)
channel = Channel.objects.create(name="One")
channel.streams.add(stream)
channel.refresh_from_db()
PluginConfig.objects.create(key="my-plugin", name="n", settings={"a": [1]})
with transaction.atomic():
    row = PluginConfig.objects.select_for_update().get(key="my_plugin")
log_system_event("m3u_refresh", account_name="A")
with connection.cursor() as cursor:
    cursor.execute("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'dispatcharr%'")
    schemas = [name for name, in cursor.fetchall()]
print(json.dumps([channel.tvg_id, row.settings, SystemEvent.objects.count(),
    UserAgent.objects.count(), CoreSettings.get_m3u_hash_key(), schemas]))
"""

IMPORT = """
from pathlib import Path
from apps.channels.models import Channel, Stream
from apps.epg.models import ProgramData
from jackfield.dialects.dispatcharr.iptv.console import add, answer, match, refresh
from jackfield.dialects.dispatcharr.worker import progress
folder = Path(sys.argv[2])
(folder / "list.m3u").write_text('#EXTM3U\\n' + ''.join(
    f'#EXTINF:-1 tvg-id="c{n}" tvg-chno="{n}" is_adult="1" group-title="G",C {n}\\nhttp://h/{n}\\n'
    for n in range(1500)))
times = 'start="20260101000000 +0100" stop="20260101010000 +0100"'
(folder / "guide.xml").write_text('<tv>' + ''.join(
    f'<channel id="c{n}"/><programme {times} channel="c{n}"><title>T&amp;{n}</title><new/>'
    '</programme>'
    for n in range(1500)) + '</tv>')
account = add("m3u", str(folder / "list.m3u"), "a", channels=True)["id"]
source = add("epg", str(folder / "guide.xml"), "g")["id"]
first, again = (refresh("m3u", account)["counts"] for _ in range(2))
said = [first["created"], first["channels_created"], again["unchanged"], again["updated"]]
said += [refresh("epg", source)["counts"]["channels"], match()["counts"]["matched"]]
said += [refresh("epg", source)["counts"]["programs"], ProgramData.objects.count()]
first = ProgramData.objects.get(tvg_id="c0")
said += [first.title, first.start_time.isoformat(), first.custom_properties]
said += [Stream.objects.get(name="C 7").custom_properties["tvg-id"]]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server on this machine alone, as a URL of an empty database."""
    with cluster() as made:
        yield made.create()


def run(environment: Environment, *codes: str) -> list[tuple[int, str, str]]:
    """Status, output and errors of a process for each of *codes*, all at once."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, json.dumps(environment.to_dict())],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for code in codes
    ]
    said = [process.communicate(timeout=200) for process in processes]
    return [(process.returncode, *words) for process, words in zip(processes, said, strict=True)]


def test_two_processes_migrate_and_work(server: str, tmp_path: Path) -> None:
    environment = Environment(home=tmp_path, database=server)
    assert run(environment, MIGRATE, MIGRATE) == [(0, "", "")] * 2
    [(status, out, err)] = run(environment, MIGRATE + USE)
    assert status == 0, err
    assert json.loads(out) == ["a.uk", {"a": [1]}, 1, 1, "url", ["dispatcharr"]]


def test_playlists_and_guides_are_imported(server: str, tmp_path: Path) -> None:
    environment = Environment(home=tmp_path, database=server)
    code = (MIGRATE + IMPORT).replace("sys.argv[2]", repr(str(tmp_path)))
    [(status, out, err)] = run(environment, code)
    assert status == 0, err
    assert json.loads(out) == [
        1500, 1500, 1500, 0, 1500, 1500, 1500, 1500,
        "T&0", "2025-12-31T23:00:00+00:00", {"new": True}, "c7",
    ]  # fmt: skip


def test_a_server_that_is_gone_is_one_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"postgresql://me:s3cret@127.0.0.1:{port}/tv"
    [(status, _, err)] = run(Environment(home=tmp_path, database=url), MIGRATE)
    assert status == 1
    assert err.startswith("refused: tv: the IPTV database cannot be opened: ")
    assert "s3cret" not in err
    assert "Traceback" not in err
