from __future__ import annotations

from pathlib import Path

from jackfield.plugins.startup import StartupMarker


def test_it_lasts_from_the_first_plugin_to_the_end(tmp_path: Path) -> None:
    marker = StartupMarker(tmp_path / "starting")
    assert marker.found() is None
    marker.at("lamp")
    assert StartupMarker(tmp_path / "starting").found() == "lamp"
    marker.at("rope")
    assert marker.found() == "rope"
    marker.clear()
    assert marker.found() is None
    marker.clear()


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    marker = StartupMarker(tmp_path / "missing" / "starting")
    marker.at("lamp")
    assert marker.found() is None
    marker.clear()
