"""The list pages as HTML; ``tests/e2e`` opens them in a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html

from application_site import Site

PAGES = ["/", "/channels", "/streams", "/guide", "/accounts", "/sources", "/plugins", "/events"]


def opened(site: Site, path: str, level: int = 10, **more: Any) -> Any:
    answer = site.get(path, level=level, **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return html.fromstring(answer.text)


def texts(page: Any, path: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in page.cssselect(path)]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_stands_on_an_empty_database(site: Site, path: str) -> None:
    page = opened(site, path, prefix="/dispatcharr")
    assert page.cssselect("h1") and page.cssselect("main#content")
    current = page.cssselect("nav [aria-current=page]")
    assert [link.get("href") for link in current] == [f"/dispatcharr{path}"]
    for link in page.iterlinks():
        if link[2].startswith("/"):
            assert link[2].startswith("/dispatcharr/"), link


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_sent_to_do_so(site: Site, path: str) -> None:
    answer = site.get(f"{path}?q=a+b", prefix="/dispatcharr")
    assert answer.status_code == 303
    there = answer.headers["location"]
    assert there.startswith("/dispatcharr/login?next=") and "q%3Da" in there
    assert site.get(path, level=0).status_code == 403


def test_nothing_from_elsewhere_and_nothing_inline_runs(site: Site) -> None:
    answer = site.get("/channels", level=1)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = html.fromstring(answer.text)
    assert not page.cssselect("script:not([src]), style, [style], [onclick]")
    for name, kind in (("site.css", "text/css"), ("site.js", "text/javascript")):
        assert site.get(f"/pages/{name}").headers["content-type"].startswith(kind)
    assert site.get("/pages/frame.py").status_code == 404
    assert site.get("/pages/..%2Fframe.py").status_code == 404


def test_signing_in_or_creating_the_first(site: Site) -> None:
    from apps.accounts.models import User

    page = html.fromstring(site.get("/login").text)
    assert "first administrator" in page.cssselect("h1")[0].text_content()
    elsewhere = html.fromstring(site.get("/login", address="203.0.113.7").text)
    assert elsewhere.cssselect("h1")[0].text_content() == "Sign in"
    User.objects.create_superuser("root", "", "correct horse")
    page = html.fromstring(site.get("/login").text)
    assert page.cssselect("h1")[0].text_content() == "Sign in"


@pytest.fixture
def rows(django_env: Any) -> Any:
    from apps.channels.models import Channel, ChannelGroup, ChannelStream, Stream
    from apps.epg.models import EPGData, EPGSource, ProgramData
    from apps.m3u.models import M3UAccount

    news = ChannelGroup.objects.create(name="News <b>")
    account = M3UAccount.objects.create(
        name="Provider", server_url="http://x", status="error", last_message="refused <i>"
    )
    source = EPGSource.objects.create(name="Guide", source_type="xmltv", url="http://x/g.xml")
    EPGSource.objects.create(name="Made up", source_type="dummy")
    epg = EPGData.objects.create(tvg_id="one", name="Guide One", epg_source=source)
    now = datetime.now(UTC)
    for start, title in ((-30, "Running"), (30, "Following"), (90, "Later")):
        ProgramData.objects.create(
            epg=epg,
            title=title,
            start_time=now + timedelta(minutes=start),
            end_time=now + timedelta(minutes=start + 60),
        )
    for number in range(1, 121):
        Channel.objects.create(
            name=f"Channel {number:03}",
            channel_number=number,
            channel_group=news if number % 2 else None,
            epg_data=epg if number == 1 else None,
        )
    first = Channel.objects.get(name="Channel 001")
    Channel.objects.filter(pk=first.pk).update(name="<script>alert(1)</script>")
    stream = Stream.objects.create(
        name="Stream", url="http://x/1", m3u_account=account, is_stale=True
    )
    ChannelStream.objects.create(channel=first, stream=stream, order=0)
    return account


def test_channels_by_page_search_group_and_order(site: Site, rows: Any) -> None:
    from apps.channels.models import ChannelGroup

    page = opened(site, "/channels")
    names = texts(page, "tbody th")
    assert len(names) == 50 and names[0] == "<script>alert(1)</script>"
    assert not page.cssselect("tbody script")
    assert texts(page, ".paging p")[0] == "1–50 of 120 channels"
    (following,) = page.cssselect("[rel=next]")
    second = opened(site, f"/channels{following.get('href')}")
    assert texts(second, "tbody th")[0] == "Channel 051"
    assert texts(opened(site, "/channels?page=999"), ".paging span") == ["Page 3 of 3"]
    found = opened(site, "/channels?q=channel+099")
    assert texts(found, "tbody th") == ["Channel 099"]
    news = ChannelGroup.objects.get(name="News <b>")
    grouped = opened(site, f"/channels?group={news.pk}&sort=-number")
    assert texts(grouped, "tbody th")[0] == "Channel 119"
    assert grouped.cssselect("th[aria-sort=descending]")
    assert grouped.cssselect("option[selected]")[0].text == "News <b>"
    assert "No channel matches" in texts(opened(site, "/channels?q=zzz"), ".empty")[0]
    for nonsense in ("sort=password", "page=-1", "page=x", "group=abc", "q=%00", "group=9" * 3):
        opened(site, f"/channels?{nonsense}")


def test_streams_accounts_and_sources(site: Site, rows: Any) -> None:
    streams = opened(site, f"/streams?account={rows.pk}")
    assert texts(streams, "tbody th") == ["Stream stale"]
    accounts = opened(site, "/accounts")
    (row,) = accounts.cssselect(f"tr[data-key='{rows.pk}']")
    assert row.get("data-state") == f"/api/m3u/accounts/{rows.pk}/"
    assert texts(row, "[data-said]") == ["refused <i>"] and texts(row, ".badge.bad") == ["error"]
    assert row.cssselect("button")[0].get("data-post") == f"/api/m3u/refresh/{rows.pk}/"
    assert len(accounts.cssselect("tbody button")) == 1  # not for the host's own account
    sources = opened(site, "/sources")
    assert len(sources.cssselect("tbody button")) == 1  # not for what is made up
    for path in ("/accounts", "/sources"):
        assert not opened(site, path, level=1).cssselect("[data-post]")


def test_now_and_next(site: Site, rows: Any) -> None:
    page = opened(site, "/guide")
    row = page.cssselect("tbody tr")[0]
    assert texts(row, "b") == ["Running", "Following"]
    assert 40 <= int(row.cssselect("progress")[0].get("value")) <= 60
    assert page.cssselect("tbody tr")[1].cssselect(".badge")[0].text == "no guide"


def test_events_and_plugins(site: Site) -> None:
    from apps.plugins.models import PluginConfig
    from core.utils import log_system_event

    log_system_event("m3u_refresh", account_name="<Provider>", streams_created=3)
    events = opened(site, "/events?q=refresh")
    assert texts(events, "tbody th") == ["m3u refresh"]
    assert "account name <Provider>" in texts(events, ".details")[0]
    PluginConfig.objects.create(key="tidy", name="Tidy", version="1.2", enabled=True)
    plugins = opened(site, "/plugins")
    assert texts(plugins, "tbody th") == ["Tidy"] and "jackfield run tidy" in plugins.text_content()


def test_the_overview_counts_and_tells_addresses(site: Site, rows: Any) -> None:
    page = opened(site, "/", prefix="/dispatcharr")
    counts = dict(reversed(text.split(" ", 1)) for text in texts(page, ".counts a"))
    assert counts["Channels"] == "120" and counts["Accounts"] == "1"
    addresses = texts(page, ".addresses code")
    assert f"{site.url}/dispatcharr/output/m3u" in addresses
    assert texts(page, "#playing + .empty") == ["Nobody is watching."]
