"""Metrics Exporter: a text file that Prometheus' node exporter collects.

Besides the action, events run it: each channel that starts or stops is counted, and the file is
written anew.
"""

import json
from pathlib import Path

EXPORTS = Path("/data/exports")


class Plugin:
    name = "Metrics Exporter"
    version = "1.0.0"
    description = "Writes what there is, and who watches, as a file for Prometheus"
    author = "Jackfield"

    fields = [
        {
            "id": "file",
            "label": "File",
            "type": "string",
            "default": "dispatcharr.prom",
            "help_text": "Its name below /data/exports.",
        },
    ]

    actions = [
        {"id": "export", "label": "Export", "description": "Writes the file now"},
        {
            "id": "count",
            "label": "Count",
            "description": "Run by the host when a channel starts or stops",
            "events": ["channel_start", "channel_stop"],
        },
    ]

    def run(self, action, params, context):
        if action == "count":
            self._count(params.get("event", ""))
        elif action != "export":
            return {"status": "error", "message": f"Unknown action {action}"}
        name = Path(context["settings"].get("file") or "dispatcharr.prom").name
        target = EXPORTS / name
        metrics = {**self._database(), **self._counted()}
        # Prometheus may read at any moment, so it finds the old file or the new one, whole.
        EXPORTS.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        fresh.write_text("".join(_lines(metrics)), encoding="utf-8")
        fresh.replace(target)
        context["logger"].debug("wrote %s", target)
        return {"status": "ok", "message": f"{len(metrics)} metrics", "file": str(target)}

    def _database(self):
        from apps.channels.models import Channel, Stream
        from apps.epg.models import EPGSource, ProgramData
        from apps.m3u.models import M3UAccount
        from django.db.models import Count

        accounts = M3UAccount.objects.values_list("status").annotate(Count("id"))
        sources = EPGSource.objects.values_list("status").annotate(Count("id"))
        groups = (
            Channel.objects.exclude(channel_group=None)
            .values_list("channel_group__name")
            .annotate(Count("id"))
        )
        return {
            "dispatcharr_channels": {(): Channel.objects.count()},
            "dispatcharr_group_channels": {(("group", name),): n for name, n in groups},
            "dispatcharr_streams": {(): Stream.objects.count()},
            "dispatcharr_accounts": {(("status", status),): n for status, n in accounts},
            "dispatcharr_guides": {(("status", status),): n for status, n in sources},
            "dispatcharr_programmes": {(): ProgramData.objects.count()},
        }

    # Counters are kept in a file, so that they go on after a restart.

    def _count(self, event):
        counters = self._counters()
        counters[event] = counters.get(event, 0) + 1
        EXPORTS.mkdir(parents=True, exist_ok=True)
        (EXPORTS / "metrics_exporter.json").write_text(json.dumps(counters))

    def _counters(self):
        try:
            return json.loads((EXPORTS / "metrics_exporter.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def _counted(self):
        return {
            "dispatcharr_events_total": {
                (("event", event),): n for event, n in sorted(self._counters().items())
            }
        }


def _lines(metrics):
    for name, values in metrics.items():
        yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}\n"
        for labels, value in sorted(values.items()):
            shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
            yield f"{name}{{{shown}}} {value}\n" if shown else f"{name} {value}\n"


def _escaped(text):
    return str(text).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
