from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application_site import Site

BASE = "/api/epg"


@pytest.fixture
def guide(django_env: Any) -> Any:
    """Two channels with programmes around now, and one that no guide knows."""
    from apps.channels.models import Channel
    from apps.epg.models import EPGData, EPGSource, ProgramData

    source = EPGSource.objects.create(name="guide", source_type="xmltv", is_active=False)
    now = datetime.now(UTC)
    for key in ("one", "two"):
        epg = EPGData.objects.create(tvg_id=key, name=key.title(), epg_source=source)
        Channel.objects.create(name=key, epg_data=epg, user_level=10 if key == "two" else 0)
        for hour in range(-5, 40):
            ProgramData.objects.create(
                epg=epg,
                tvg_id=key,
                start_time=now + timedelta(hours=hour, minutes=-30),
                end_time=now + timedelta(hours=hour, minutes=30),
                title=f"{key} {hour}",
                custom_properties={"season": 1, "episode": hour, "new": True, "categories": ["A"]},
            )
    Channel.objects.create(name="bare")
    return source


def test_sources(site: Site, host: Any) -> None:
    answer = site.admin(
        "POST",
        f"{BASE}/sources/",
        json={"name": "Guide", "url": "http://guide.example/x.xml", "password": "s3cr3t-value"},
    )
    assert answer.status_code == 201 and "s3cr3t-value" not in answer.text
    source = answer.json()
    assert source["source_type"] == "xmltv" and source["epg_data_count"] == 0
    host.clear()
    for path, body in (
        (f"{BASE}/import/", {"id": source["id"]}),
        (f"{BASE}/refresh/{source['id']}/", {}),
    ):
        refreshed = site.admin("POST", path, json=body)
        assert refreshed.status_code == 202 and refreshed.json()["success"] is True
    assert list(host) == [("apps.epg.tasks.refresh_epg_data", [source["id"]])] * 2
    assert site.admin("POST", f"{BASE}/import/", json={"id": "x"}).status_code == 400
    assert site.admin("POST", f"{BASE}/import/", json={"id": 99}).status_code == 404
    assert site.admin("POST", f"{BASE}/sources/", json={"name": "empty"}).status_code == 400
    dummy = site.admin("POST", f"{BASE}/sources/", json={"name": "d", "source_type": "dummy"})
    assert dummy.status_code == 201
    refused = site.admin("POST", f"{BASE}/refresh/{dummy.json()['id']}/")
    assert refused.status_code == 400 and "made up" in refused.json()["detail"]


def test_the_grid_is_about_a_day(site: Site, guide: Any) -> None:
    data = site.get(f"{BASE}/grid/", level=1).json()["data"]
    titles = [row["title"] for row in data if row["tvg_id"] == "one"]
    assert titles[0] == "one -1" and titles[-1] in ("one 23", "one 24")
    row = next(row for row in data if row["title"] == "one 2")
    assert row["season"] == 1 and row["episode"] == 2 and row["is_new"] is True
    assert row["start_time"].endswith("Z") and row["channel"]
    assert not any(row["title"].startswith("two") for row in data)
    bare = [row for row in data if row["title"] == "bare"]
    assert bare and bare[0]["id"].startswith("dummy-")
    assert any(
        row["title"].startswith("two") for row in site.admin("GET", f"{BASE}/grid/").json()["data"]
    )


def test_what_runs_now(site: Site, guide: Any) -> None:
    from apps.channels.models import Channel

    rows = site.ask("POST", f"{BASE}/current-programs/", level=10, json={}).json()
    assert sorted(row["title"] for row in rows) == ["bare", "one 0", "two 0"]
    one = Channel.objects.get(name="one")
    rows = site.ask(
        "POST", f"{BASE}/current-programs/", level=1, json={"channel_uuids": [str(one.uuid)]}
    ).json()
    assert [row["title"] for row in rows] == ["one 0"]
    assert site.get(f"{BASE}/current-programs/", level=1).status_code == 405
    wrong = site.ask("POST", f"{BASE}/current-programs/", level=1, json={"channel_uuids": 5})
    assert wrong.status_code == 400


def test_programmes_and_guide_channels(site: Site, guide: Any) -> None:
    page = site.get(f"{BASE}/programs/?tvg_id=one&page_size=10", level=1).json()
    assert page["count"] == 45 and page["results"][0]["title"] == "one -5"
    one = site.get(f"{BASE}/programs/{page['results'][0]['id']}/", level=1).json()
    assert one["categories"] == ["A"]
    assert site.get(f"{BASE}/programs/?start_time__gte=never", level=1).status_code == 400
    known = site.get(f"{BASE}/epgdata/", level=1).json()
    assert [row["tvg_id"] for row in known] == ["one", "two"]
    assert site.admin("POST", f"{BASE}/epgdata/", json={}).status_code == 405
    source = site.get(f"{BASE}/sources/{guide.pk}/", level=1).json()
    assert source["epg_data_count"] == 2
