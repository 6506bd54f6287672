"""How messages leave a process and reach the worker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.processes import here
from jackfield.dialects.dispatcharr.processes.link import Link, RemoteError
from jackfield.dialects.dispatcharr.worker.ledger import entry_of, queue_of


@pytest.fixture
def taken(django_env: Environment) -> Iterator[list[dict[str, Any]]]:
    """This process as a plugin's, with a host that takes what it sends."""
    messages: list[dict[str, Any]] = []

    def publish(message: dict[str, Any], plugin: str) -> None:
        if plugin != "sample":
            raise ValueError(plugin)
        messages.append(message)

    ours, theirs = socket.socketpair()
    host = Link(theirs, {"task.publish": publish})
    link = Link(ours, {})
    here.attach(link, "plugin", of_plugin="sample")
    yield messages
    here.detach()
    link.close()
    host.close()


def test_a_task_that_is_sent_reaches_the_host(taken: list[dict[str, Any]]) -> None:
    from dispatcharr.celery import app

    sent = app.send_task("some.task", args=[1], kwargs={"a": "ü"}, queue="dvr", countdown=60)
    (message,) = taken
    entry = entry_of(message)
    assert (entry.id, entry.name, queue_of(message)) == (sent.id, "some.task", "dvr")
    assert message["headers"]["eta"]
    assert message["headers"]["argsrepr"] == "[1]"


def test_a_chain_is_one_message_that_holds_the_rest(taken: list[dict[str, Any]]) -> None:
    from celery import chain, group, signature
    from dispatcharr.celery import app

    chain(signature("one", app=app), signature("two", app=app)).delay()
    assert [message["headers"]["task"] for message in taken] == ["one"]
    group(signature("three", app=app), signature("four", app=app)).apply_async()
    assert [message["headers"]["task"] for message in taken[1:]] == ["three", "four"]


def test_what_the_host_refuses_is_raised(taken: list[dict[str, Any]]) -> None:
    from dispatcharr.celery import app

    here.plugin = "another"
    with pytest.raises(RemoteError, match="ValueError: another"):
        app.send_task("some.task")


def test_sending_from_many_threads(taken: list[dict[str, Any]]) -> None:
    from dispatcharr.celery import app

    threads = [
        threading.Thread(target=lambda: [app.send_task("some.task") for _ in range(20)])
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({entry_of(message).key for message in taken}) == 100


def test_the_workers_memory_wakes_who_waits(django_env: Environment) -> None:
    from kombu import Connection

    from jackfield.dialects.dispatcharr.worker.transports import MEMORY, MEMORY_URL

    message = {
        "body": "aGVsbG8=", "content-type": "text/plain", "content-encoding": "utf-8",
        "headers": {}, "properties": {
            "delivery_tag": "k1", "body_encoding": "base64", "delivery_info": {},
        },
    }  # fmt: skip
    got: list[Any] = []
    with Connection(MEMORY_URL) as connection:
        channel = connection.default_channel
        channel.basic_consume("celery", no_ack=False, callback=got.append, consumer_tag="t")
        timer = threading.Timer(0.05, MEMORY.put, ("celery", message))
        timer.start()
        while not got:
            try:
                connection.drain_events(timeout=20)
            except TimeoutError:
                continue
        assert got[0].body == b"hello"
        assert got[0].delivery_tag == "k1"
        got[0].reject(requeue=True)
        connection.drain_events(timeout=5)
        got[1].ack()
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0.01)
        assert channel.queue_purge("celery") == 0
    MEMORY.forget()
