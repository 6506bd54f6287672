"""What a plugin replaces is noticed, and stays in its process."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost, until


@pytest.mark.parametrize(
    ("name", "statement", "said"),
    [
        ("hostpatch", "import core.utils\ncore.utils.send_websocket_update = mine",
         "core.utils.send_websocket_update was replaced by plugin.py:1"),
        ("builtpatch", "import builtins\nbuiltins.print = mine",
         "builtins.print was replaced by plugin.py:1"),
        ("libpatch", "import json\njson.dumps = mine", "json.dumps was replaced by plugin.py:1"),
        ("addpatch", "from apps.channels.models import Stream\nStream.clean = mine",
         "apps.channels.models.Stream.clean was replaced by plugin.py:1"),
        ("modelpatch", "from apps.channels.models import Channel\nChannel.save = mine",
         "apps.channels.models.Channel.save was replaced by plugin.py:1"),
        ("mockpatch", "import time\nfrom unittest.mock import MagicMock\ntime.sleep = MagicMock()",
         "time.sleep was replaced by plugin.py:6"),
        ("gonepatch", "import shutil\n\nshutil.move = None",
         "shutil.move was replaced by plugin.py:6"),
    ],
)  # fmt: skip
def test_a_replaced_function_is_named_with_file_and_line(
    plugins: PluginHost, name: str, statement: str, said: str
) -> None:
    source = (
        "def mine(*args, **kwargs):\n    return 0\n\n"
        f"{statement}\n\n"
        "class Plugin:\n    def run(self, action, params, context):\n        return {'ok': 1}\n"
    )
    plugins.running(name, source)
    assert until(lambda: said in plugins.log(name)), plugins.log(name)
    assert "it counts in this plugin's process only" in plugins.log(name)


def test_one_that_is_replaced_by_an_action_is_noticed_too(plugins: PluginHost) -> None:
    plugins.running(
        "laterpatch", "import random\nrandom.random = lambda: 4\nreturn {'n': random.random()}"
    )
    assert plugins.run("laterpatch") == {"n": 4}
    assert until(lambda: "random.random was replaced by plugin.py:9" in plugins.log("laterpatch"))
    plugins.running("neighbour", "import random\nreturn {'n': random.random()}")
    assert plugins.run("neighbour") != {"n": 4}


def test_a_plugin_that_replaces_nothing_hears_nothing(plugins: PluginHost) -> None:
    plugins.running(
        "innocent",
        """
        from apps.channels.models import Channel, Stream
        from apps.m3u.tasks import refresh_m3u_accounts
        from core.utils import RedisClient
        import logging, requests, concurrent.futures, http.client
        from django.db.models.signals import post_save
        post_save.connect(lambda **kw: None, sender=Channel, weak=False)
        Channel.objects.create(name="x")
        logging.basicConfig(level=logging.INFO)
        return {}
        """,
    )
    plugins.run("innocent")
    until(lambda: False, 1.5)
    assert "was replaced" not in plugins.log("innocent")
