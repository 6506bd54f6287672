"""The plugins of a home, as requests find them while the host starts."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from .conftest import World, script


def test_what_the_host_is_starting_is_waited_for(world: World) -> None:
    world.write("plugins/hello/main.tengo", script())
    world.write("plugins/hello/manifest.json", '{"Label": "Hello"}')
    assert world.get("/hello/").status == 200
    registry = world.host.registry
    registry.stop()
    with ThreadPoolExecutor() as pool:
        with registry._operation("hello", "being held"):
            starting = threading.Thread(target=registry.start)
            starting.start()
            while registry.wait_started(0):
                pass
            asked = [
                pool.submit(world.get, path) for path in ("/hello/x", "/msx/menu", "/settings")
            ]
            assert not wait(asked, timeout=0.5, return_when=FIRST_COMPLETED).done
        starting.join()
        plugin, menu, settings = (ask.result() for ask in asked)
    assert plugin.text.startswith("hi x")
    assert "Hello" in [entry.get("label") for entry in menu.json["menu"]]
    assert "Error" not in settings.json["Plugins"][0]


def test_what_the_operator_disabled_is_waited_for_by_nobody(world: World) -> None:
    world.write("plugins/hello/main.tengo", script())
    assert world.get("/hello/").status == 200
    registry = world.host.registry
    registry.disable("hello")
    registry.stop()
    with registry._operation("hello", "being held"):
        starting = threading.Thread(target=registry.start)
        starting.start()
        while registry.wait_started(0):
            pass
        assert world.get("/hello/").status == 404
    starting.join()
