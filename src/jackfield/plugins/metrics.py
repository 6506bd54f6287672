"""The counters of all plugins, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jackfield.plugins.dispatcher import Dispatcher


class PluginCollector(Collector):
    """Reads a dispatcher's counters at each scrape; register it in a ``CollectorRegistry``."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def collect(self) -> Iterator[Metric]:
        """Yield one metric family a counter, labelled by plugin and dialect."""
        who = ["plugin", "dialect"]
        calls = CounterMetricFamily(
            "jackfield_plugin_calls", "Calls into a plugin by how they ended.",
            labels=[*who, "kind", "outcome"],
        )  # fmt: skip
        seconds = CounterMetricFamily(
            "jackfield_plugin_seconds", "Seconds spent in a plugin.", labels=[*who, "kind"]
        )
        dropped = CounterMetricFamily(
            "jackfield_plugin_dropped_events", "Events lost to a full mailbox.", labels=who
        )
        strikes = GaugeMetricFamily(
            "jackfield_plugin_strikes", "Consecutive failures of filters.", labels=who
        )
        queued = GaugeMetricFamily(
            "jackfield_plugin_queued_events", "Events that wait in the mailbox.", labels=who
        )
        memory = GaugeMetricFamily(
            "jackfield_plugin_memory_bytes", "Memory that the plugin holds.", labels=who
        )
        for stats, waiting, held in self._dispatcher.all_stats():
            labels = [stats.slug, stats.dialect]
            for kind, count in stats.calls().items():
                seconds.add_metric([*labels, kind], count.seconds)
                for outcome, number in count.outcomes.items():
                    calls.add_metric([*labels, kind, outcome], number)
            dropped.add_metric(labels, stats.dropped_events)
            strikes.add_metric(labels, stats.strikes)
            queued.add_metric(labels, waiting)
            memory.add_metric(labels, held)
        yield from (calls, seconds, dropped, strikes, queued, memory)
