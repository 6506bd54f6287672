"""Profiles, agents and notifications."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")


def profile(name: str) -> Any:
    from core.models import StreamProfile

    return StreamProfile.objects.get(name=name)


class TestFirstRows:
    def test_what_plugins_rely_on(self) -> None:
        from apps.m3u.models import M3UAccount
        from core.models import CoreSettings, StreamProfile, UserAgent

        assert UserAgent.objects.count() == 1
        assert list(StreamProfile.objects.values_list("name", "locked")) == [
            ("FFmpeg", True),
            ("Streamlink", True),
            ("VLC", True),
            ("Proxy", True),
            ("Redirect", True),
        ]
        assert set(CoreSettings.objects.values_list("key", flat=True)) == {
            "stream_settings",
            "system_settings",
        }
        custom = M3UAccount.objects.get(name="custom")
        assert custom.locked
        assert custom.profiles.get().is_default


class TestStreamProfile:
    def test_a_locked_one_may_change_its_agent_only(self) -> None:
        from core.models import UserAgent
        from django.core.exceptions import ValidationError

        locked = profile("FFmpeg")
        locked.user_agent = UserAgent.objects.get()
        locked.save()
        locked.parameters = "-i {streamUrl}"
        locked.name = "Mine"
        with pytest.raises(ValidationError, match="locked: name, parameters cannot change"):
            locked.save()
        assert profile("FFmpeg").user_agent is not None

    def test_unlocking_is_a_change(self) -> None:
        from django.core.exceptions import ValidationError

        locked = profile("VLC")
        locked.locked = False
        with pytest.raises(ValidationError, match="locked: locked cannot change"):
            locked.save()

    def test_a_locked_one_stays(self) -> None:
        from django.core.exceptions import ValidationError

        with pytest.raises(ValidationError, match="Proxy is locked and stays"):
            profile("Proxy").delete()

    def test_an_own_one_changes_and_goes(self) -> None:
        from core.models import StreamProfile

        own = StreamProfile.objects.create(name="Mine", command="cat")
        own.command = "tac"
        own.save()
        own.delete()
        assert not StreamProfile.objects.filter(name="Mine").exists()

    def test_a_new_row_may_bring_its_own_number(self) -> None:
        from core.models import StreamProfile

        StreamProfile(pk=77, name="Numbered").save()
        assert StreamProfile.objects.get(pk=77).name == "Numbered"

    def test_kinds(self) -> None:
        from core.models import StreamProfile

        assert profile("Proxy").is_proxy()
        assert profile("Redirect").is_redirect()
        assert not StreamProfile(name="Proxy").is_proxy()

    def test_a_url_stays_one_argument(self) -> None:
        url = "http://tv/a b?x='1'&y=$(reboot)"
        command = profile("FFmpeg").build_command(url, "My TV/1.0")
        assert command[:4] == ["ffmpeg", "-user_agent", "My TV/1.0", "-i"]
        assert command[4] == url

    def test_without_a_command_there_is_nothing_to_start(self) -> None:
        assert profile("Proxy").build_command("http://tv/1", "TV") == []


class TestSystemNotification:
    def test_update_or_create_by_key(self) -> None:
        from core.models import SystemNotification

        for title in ("One", "Two"):
            notification, _ = SystemNotification.objects.update_or_create(
                notification_key="my-plugin-error",
                defaults={
                    "notification_type": SystemNotification.NotificationType.WARNING,
                    "priority": SystemNotification.Priority.HIGH,
                    "title": title,
                },
            )
        assert SystemNotification.objects.get() == notification
        assert notification.title == "Two"
        assert notification.notification_type == "warning"


class TestNames:
    def test_rows_show_what_they_are(self) -> None:
        from core.models import CoreSettings, OutputProfile, SystemEvent, SystemNotification

        assert str(CoreSettings(key="a")) == "a"
        assert str(OutputProfile(name="b")) == "b"
        assert str(SystemEvent(event_type="m3u_refresh")).startswith("m3u_refresh at ")
        assert str(SystemNotification(title="c")) == "c"
