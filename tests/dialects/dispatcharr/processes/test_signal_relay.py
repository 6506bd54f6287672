"""Receivers of model signals in a plugin's process hear what happens in others."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost, until

pytestmark = pytest.mark.e2e

RECEIVER = """
from apps.channels.models import Channel
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
import logging

log = logging.getLogger("apps.plugins.loader")

@receiver(post_save, sender=Channel)
def saved(sender, instance, created, **kwargs):
    if instance.name == "Bad":
        raise LookupError("badly")
    log.info("saved %s %s %s %s", sender.__name__, instance.name, created,
             kwargs["update_fields"] and sorted(kwargs["update_fields"]))

@receiver(post_delete, sender=Channel)
def deleted(sender, instance, **kwargs):
    log.info("deleted %s %s", instance.name, instance.pk is not None)

class Plugin:
    name = "Receiver"
    def run(self, action, params, context):
        if action == "own":
            Channel.objects.create(name="Own")
        return {}
"""

SENDER = """
from apps.channels.models import Channel, ChannelGroup
from django.db import transaction

ChannelGroup.objects.get_or_create(name="unheard")
channel = Channel.objects.create(name="One")
channel.name = "Two"
channel.save(update_fields=["name"])
channel.delete()
Channel.objects.create(name="Bad")
try:
    with transaction.atomic():
        Channel.objects.create(name="Undone")
        raise KeyError
except KeyError:
    pass
Channel.objects.create(name="Last")
return {}
"""


def test_saves_and_deletes_of_another_plugin_are_heard(plugins: PluginHost) -> None:
    plugins.running("before", SENDER)
    plugins.running("hears", RECEIVER)
    plugins.running("after", SENDER.replace("unheard", "unheard too"))
    for sender in ("before", "after"):
        plugins.run(sender)
    wanted = ["saved Channel One True None", "saved Channel Two False ['name']",
              "deleted Two True", "saved Channel Last True None"]  # fmt: skip
    for one in wanted:
        assert until(lambda one=one: plugins.log("hears").count(one) == 2), plugins.log("hears")
    log = plugins.log("hears")
    assert "Undone" not in log
    assert "a receiver of post_save of dispatcharr_channels.channel failed" in log
    assert "LookupError: badly" in log


def test_its_own_saves_are_heard_once(plugins: PluginHost) -> None:
    plugins.have("before", SENDER)
    plugins.have("hears", RECEIVER)
    heard = plugins.log("hears").count("saved Channel Last")
    plugins.run("hears", "own")
    plugins.run("before")
    assert until(lambda: plugins.log("hears").count("saved Channel Last") == heard + 1)
    assert plugins.log("hears").count("saved Channel Own") == 1


def test_saves_in_the_worker_are_heard(plugins: PluginHost) -> None:
    plugins.running(
        "tasker",
        "from apps.m3u.models import M3UAccount\n"
        "from apps.m3u.tasks import refresh_single_m3u_account\n"
        "account = M3UAccount.objects.create(name='A', file_path='/data/a.m3u', is_active=True)\n"
        "refresh_single_m3u_account.delay(account.id)\nreturn {}",
    )
    plugins.running(
        "streams",
        """
        import logging
        from apps.m3u.models import M3UAccount
        from django.db.models.signals import post_save

        def saved(sender, instance, **kwargs):
            logging.getLogger("apps.plugins.loader").info("account is %s", instance.status)

        post_save.connect(saved, sender=M3UAccount, weak=False)

        class Plugin:
            def run(self, action, params, context):
                return {}
        """,
    )
    (plugins.installation.home / "a.m3u").write_text(
        "#EXTM3U\n#EXTINF:-1,One\nhttp://127.0.0.1/1.ts\n"
    )
    plugins.run("tasker")
    assert until(lambda: "account is " in plugins.log("streams"), 60), plugins.log("streams")


def test_after_disable_nobody_tells(plugins: PluginHost) -> None:
    plugins.have("before", SENDER)
    plugins.have("hears", RECEIVER)
    assert "hears" in plugins.installation.signals._wishes
    plugins.registry.disable("hears")
    before = plugins.log("hears")
    plugins.run("before")
    assert plugins.log("hears") == before
    assert "hears" not in plugins.installation.signals._wishes
