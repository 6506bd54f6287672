"""What importing a playlist and a guide costs, next to only reading them.

    python bench/iptv.py [--json] [--rounds N] [--entries N] [--programmes N]

Each variant runs in a process of its own, in turns, so that a change of the machine's speed meets
all of them; compare ratios, not seconds. A ratio is the median of the rounds' own ratios. Memory is
the process' peak (VmHWM), with Django and everything else that an import needs in it.

- ``plain``: the file read once with a regular expression (M3U) or lxml (XMLTV), nothing kept.
- ``import``: into an empty database, as ``jackfield iptv import`` does it.
- ``again``: the same file into the database that has it: nothing changed in a playlist, every
  programme of a guide replaced.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ENTRIES, PROGRAMMES, CHANNELS = 50_000, 500_000, 1_000
WORDS = [
    "the",
    "a",
    "city",
    "night",
    "river",
    "old",
    "story",
    "of",
    "last",
    "summer",
    "news",
    "return",
    "king",
    "garden",
    "blue",
    "island",
]


def write_playlist(path: Path, entries: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('#EXTM3U url-tvg="http://guide.example/guide.xml.gz"\n')
        for n in range(entries):
            file.write(
                f'#EXTINF:-1 tvg-id="channel{n}.example" tvg-name="Channel {n}" '
                f'tvg-logo="http://logos.example/{n}.png" tvg-chno="{n + 1}" '
                f'group-title="Group {n % 80}",Channel {n} HD\n'
                f"http://provider.example:8080/live/user/password/{n}.ts\n"
            )


def write_guide(path: Path, programmes: int, channels: int) -> None:
    slots = -(-programmes // channels)
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="bench">\n')
        for n in range(channels):
            file.write(
                f'<channel id="channel{n}.example"><display-name>Channel {n}</display-name>'
                f'<icon src="http://logos.example/{n}.png"/></channel>\n'
            )
        for n in range(programmes):
            slot, channel = n % slots, n // slots  # one channel after the other, as most are
            day, half = slot // 48 + 1, slot % 48
            start = f"202601{day:02d}{half // 2:02d}{half % 2 * 30:02d}00 +0000"
            half += 1
            day, half = day + half // 48, half % 48
            stop = f"202601{day:02d}{half // 2:02d}{half % 2 * 30:02d}00 +0000"
            words = " ".join(WORDS[(n * 7 + k * k) % len(WORDS)] for k in range(24))
            file.write(
                f'<programme start="{start}" stop="{stop}" channel="channel{channel}.example">'
                f'<title lang="en">Programme {n}</title><sub-title>Part {n % 9}</sub-title>'
                f'<desc lang="en">{words}</desc><category lang="en">News &amp; weather</category>'
                f'<episode-num system="xmltv_ns">{n % 4}.{n % 20}.</episode-num>'
                f'<icon src="http://pictures.example/{n}.jpg"/></programme>\n'
            )
        file.write("</tv>\n")


# -- in a process of its own ---------------------------------------------------------------------


def plain_playlist(path: Path) -> int:
    entry = re.compile(r"#EXTINF:([^\n]*)\n([^\n#]+)")
    attribute = re.compile(r'([\w-]+)="([^"]*)"')
    return sum(1 for m in entry.finditer(path.read_text()) if dict(attribute.findall(m[1])))


def plain_guide(path: Path) -> int:
    from lxml import etree

    count = 0
    for _, element in etree.iterparse(path, events=("end",), tag="programme"):
        if [(child.tag, child.text) for child in element]:
            count += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return count


def prepare(home: Path) -> None:
    from jackfield.dialects.dispatcharr import django_setup

    django_setup.configure(django_setup.Environment(home=home, secret="of this bench"))
    django_setup.migrate()


def import_playlist(path: Path, home: Path) -> Callable[[], int]:
    prepare(home)
    from apps.channels.models import Stream

    from jackfield.dialects.dispatcharr.iptv.console import add, refresh

    account = add("m3u", str(path), "bench")["id"]

    def work() -> int:
        outcome = refresh("m3u", account)
        assert outcome["ok"], outcome
        return Stream.objects.count()

    return work


def import_guide(path: Path, home: Path) -> Callable[[], int]:
    prepare(home)
    from apps.channels.models import Channel
    from apps.epg.models import EPGData, ProgramData

    from jackfield.dialects.dispatcharr.iptv.console import add, refresh

    source = add("epg", str(path), "bench")["id"]
    if not Channel.objects.exists():
        # Programmes are taken for channels that use the guide: here all do.
        names = [f"channel{n}.example" for n in range(CHANNELS)]
        rows = [EPGData(tvg_id=name, name=name, epg_source_id=source) for name in names]
        guide = EPGData.objects.bulk_create(rows)
        Channel.objects.bulk_create(Channel(name=row.name, epg_data=row) for row in guide)

    def work() -> int:
        outcome = refresh("epg", source)
        assert outcome["ok"], outcome
        return ProgramData.objects.count()

    return work


def peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process' peak of memory")


def child(what: str, variant: str, path: Path, home: Path) -> None:
    """Do it once, and print what it took."""
    if variant == "plain":

        def work() -> int:
            return {"m3u": plain_playlist, "epg": plain_guide}[what](path)
    else:
        work = {"m3u": import_playlist, "epg": import_guide}[what](path, home)
    before = peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    said = {"count": count, "wall": wall, "cpu": cpu, "peak": peak_mib(), "before": before}
    sys.stdout.write(json.dumps(said))


# -- the bench -----------------------------------------------------------------------------------


def measured(what: str, variant: str, path: Path, home: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", what, variant, str(path), str(home)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def bench(rounds: int, entries: int, programmes: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        files = {"m3u": Path(folder, "list.m3u"), "epg": Path(folder, "guide.xml")}
        write_playlist(files["m3u"], entries)
        write_guide(files["epg"], programmes, CHANNELS)
        for what, path in files.items():
            runs: dict[str, list[dict[str, float]]] = {"plain": [], "import": [], "again": []}
            for number in range(rounds):
                home = Path(folder, f"{what}-{number}")
                home.mkdir()
                for variant, kept in runs.items():
                    kept.append(measured(what, variant, path, home))
            found[what] = {"bytes": path.stat().st_size, **summary(runs)}
    return found


def summary(runs: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Of each variant the count, the median of seconds, its share of a plain reading, its peak."""
    result: dict[str, Any] = {}
    for variant, kept in runs.items():
        pairs = list(zip(kept, runs["plain"], strict=True))
        result[variant] = {
            "count": kept[0]["count"],
            "per_second": round(statistics.median(run["count"] / run["wall"] for run in kept)),
            "seconds": round(statistics.median(run["wall"] for run in kept), 2),
            "cpu_seconds": round(statistics.median(run["cpu"] for run in kept), 2),
            "ratio": round(statistics.median(a["wall"] / b["wall"] for a, b in pairs), 2),
            "cpu_ratio": round(statistics.median(a["cpu"] / b["cpu"] for a, b in pairs), 2),
            "peak_mib": round(max(run["peak"] for run in kept)),
            "before_mib": round(max(run["before"] for run in kept)),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--programmes", type=int, default=PROGRAMMES)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, variant, path, home = options.child
        child(what, variant, Path(path), Path(home))
        return
    found = bench(options.rounds, options.entries, options.programmes)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count()}
    if options.json:
        print(json.dumps({"machine": machine, **found}, indent=2))
        return
    print(f"Python {machine['python']}, {machine['cpus']} CPUs, {options.rounds} rounds\n")
    print("what    variant      count   per s  seconds    CPU  × plain  × CPU   peak  (before)")
    for what, variants in found.items():
        for variant, row in variants.items():
            if variant == "bytes":
                continue
            print(
                f"{what:<7} {variant:<8} {row['count']:>9} {row['per_second']:>7} "
                f"{row['seconds']:>8} {row['cpu_seconds']:>6} {row['ratio']:>8} "
                f"{row['cpu_ratio']:>6} {row['peak_mib']:>4} MiB ({row['before_mib']})"
            )


if __name__ == "__main__":
    main()
