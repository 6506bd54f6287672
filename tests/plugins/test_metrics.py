from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from jackfield.plugins.dispatcher import Dispatcher
from jackfield.plugins.events import Event
from jackfield.plugins.metrics import PluginCollector
from plugins.fakes import FunctionRuntime, failure, running


def scrape(dispatcher: Dispatcher) -> dict[tuple[str, ...], float]:
    registry = CollectorRegistry()
    registry.register(PluginCollector(dispatcher))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_counters_of_each_plugin_are_scraped():
    dispatcher = Dispatcher()

    def fail(_event: Event) -> None:
        raise failure("timeout")

    dispatcher.attach(running("good", FunctionRuntime(events=("x",))))
    dispatcher.attach(running("bad", FunctionRuntime(events=("x",), on_event=fail)))
    for _ in range(2):
        dispatcher.notify(Event("x"))
    assert dispatcher.drain()
    found = scrape(dispatcher)
    assert found["jackfield_plugin_calls_total", "event", "good", "ok", "test"] == 2
    assert found["jackfield_plugin_calls_total", "bad", "event", "test", "timeout"] == 2
    assert found["jackfield_plugin_memory_bytes", "good", "test"] == 1024
    assert found["jackfield_plugin_seconds_total", "event", "good", "test"] > 0
    dispatcher.close()


def test_a_host_without_plugins_scrapes_empty():
    assert scrape(Dispatcher()) == {}
