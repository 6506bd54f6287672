from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("django_env")

GUIDE = """<tv><channel id="a"><display-name>A</display-name></channel>
<programme start="20260101000000" stop="20260101010000" channel="a"><title>T</title></programme>
</tv>"""


@pytest.fixture
def source(tmp_path: Path) -> Any:
    from apps.epg.models import EPGSource

    path = tmp_path / "g.xml"
    path.write_text(GUIDE)
    return EPGSource.objects.create(name="g", file_path=str(path))


def test_all_that_are_on_one_after_another(source: Any) -> None:
    from apps.epg.models import EPGSource
    from apps.epg.tasks import refresh_all_epg_data

    EPGSource.objects.create(name="off", is_active=False)
    EPGSource.objects.create(name="dummy", source_type="dummy")
    EPGSource.objects.create(name="broken", file_path="/nowhere")
    assert refresh_all_epg_data() == "1 of 2 EPG sources refreshed"
    source.refresh_from_db()
    assert source.status == "success"


def test_one_guide_and_one_channel(source: Any) -> None:
    from apps.channels.models import Channel
    from apps.epg.models import ProgramData
    from apps.epg.tasks import parse_programs_for_tvg_id, refresh_epg_data

    assert "no channels are mapped" in refresh_epg_data(source_id=source.pk)
    row = source.epgs.get()
    Channel.objects.create(name="A", epg_data=row)
    assert parse_programs_for_tvg_id(row.pk) == "g: 1 programmes of 1 channels"
    assert ProgramData.objects.get().title == "T"


def test_in_a_chain_as_a_plugin_makes_it(source: Any, host_beside: Any) -> None:
    from apps.epg.tasks import refresh_epg_data
    from celery import chain

    host_beside.forget()
    chain(refresh_epg_data.si(source.pk), refresh_epg_data.si(source.pk)).apply_async()
    assert host_beside.tasks == [("apps.epg.tasks.refresh_epg_data", [source.pk], {})]
