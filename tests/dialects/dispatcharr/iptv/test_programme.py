from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from jackfield.dialects.dispatcharr.iptv.programme import read_children, text_of


def read(inner: str) -> tuple[str, str | None, str | None, dict[str, Any] | None]:
    parser = etree.XMLParser(recover=True, resolve_entities=False, remove_comments=True)
    element = etree.fromstring(f"<programme>{inner}</programme>".encode(), parser)
    return read_children(element)


def properties(inner: str) -> dict[str, Any]:
    found = read(inner)[3]
    assert found is not None
    return found


def test_the_texts() -> None:
    assert read("<title> T </title><sub-title>S</sub-title><desc>D</desc>") == ("T", "S", "D", None)


def test_of_several_languages_the_first_that_says_something() -> None:
    found = read('<title lang="de"/><title lang="en">One</title><title lang="fr">Un</title>')
    assert found[0] == "One"


def test_without_a_title_and_with_a_long_one() -> None:
    assert read("")[0] == "No Title"
    assert read("<title>  </title>")[0] == "No Title"
    assert read(f"<title>{'x' * 400}</title>")[0] == "x" * 255


def test_lists_and_plain_texts() -> None:
    assert properties(
        "<category>News</category><category> Talk </category><category/><keyword>k</keyword>"
        "<date>2026</date><country>AT</country><language>de</language>"
        "<orig-language>en</orig-language>"
    ) == {
        "categories": ["News", "Talk"], "keywords": ["k"], "date": "2026", "country": "AT",
        "language": "de", "original_language": "en",
    }  # fmt: skip


class TestEpisodes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("0.4.", {"season": 1, "episode": 5}),
            ("1 . 2 . 0/1", {"season": 2, "episode": 3}),
            ("2.3/10.0", {"season": 3, "episode": 4}),
            (".7.", {"episode": 8}),
            ("3..", {"season": 4}),
        ],
    )
    def test_counted_from_zero(self, text: str, expected: dict[str, int]) -> None:
        found = properties(f'<episode-num system="xmltv_ns">{text}</episode-num>')
        assert found == expected

    @pytest.mark.parametrize("text", ["", "..", "x.y.z", "-1.-1.", "99999999.1.x"])
    def test_numbers_that_are_none(self, text: str) -> None:
        found = read(f'<episode-num system="xmltv_ns">{text}</episode-num>')[3] or {}
        assert "season" not in found

    def test_on_screen_and_program_id(self) -> None:
        assert properties(
            '<episode-num system="onscreen">S02E13</episode-num>'
            '<episode-num system="dd_progid">EP01.0002</episode-num>'
        ) == {"onscreen_episode": "S02E13", "season": 2, "episode": 13, "dd_progid": "EP01.0002"}

    def test_the_counted_one_wins_over_the_one_on_screen(self) -> None:
        inner = (
            '<episode-num system="xmltv_ns">0.0.</episode-num>'
            '<episode-num system="onscreen">S09 E09</episode-num>'
        )
        assert properties(inner)["season"] == 1

    @pytest.mark.parametrize("text", ["Again S03E07.", "Season 3, Episode 7: again"])
    def test_else_from_the_description(self, text: str) -> None:
        assert properties(f"<desc>{text}</desc>") == {"season": 3, "episode": 7}


def test_ratings() -> None:
    assert properties(
        '<rating system="MPAA"><value>PG</value></rating><rating><value>12</value></rating>'
        '<star-rating system="imdb"><value>7/10</value></star-rating><star-rating/>'
    ) == {
        "rating": "PG",
        "rating_system": "MPAA",
        "star_ratings": [{"value": "7/10", "system": "imdb"}],
    }


def test_credits() -> None:
    assert properties(
        '<credits><director>D</director><actor role="R" guest="yes">A</actor><actor>B</actor>'
        "<writer/></credits>"
    ) == {
        "credits": {
            "director": ["D"],
            "actor": [{"name": "A", "role": "R", "guest": True}, {"name": "B"}],
        }
    }
    assert read("<credits><actor/></credits>")[3] is None


def test_pictures_sounds_and_words() -> None:
    assert properties(
        '<length units="hours">2</length><video><aspect>16:9</aspect><quality>HDTV</quality>'
        '</video><audio><stereo>stereo</stereo></audio><subtitles type="teletext">'
        '<language>en</language></subtitles><review type="text" source="S">good</review>'
        '<image type="poster" size="3">http://i/1</image><icon src=" http://i/2 "/><icon src="x"/>'
    ) == {
        "length": {"value": "2", "units": "hours"},
        "video": {"aspect": "16:9", "quality": "HDTV"},
        "audio": {"stereo": "stereo"},
        "subtitles": [{"type": "teletext", "language": "en"}],
        "reviews": [{"type": "text", "source": "S", "content": "good"}],
        "images": [{"url": "http://i/1", "type": "poster", "size": "3"}],
        "icon": "http://i/2",
    }


def test_flags() -> None:
    assert properties(
        '<new/><live/><premiere>First</premiere><previously-shown start="20250101" channel="x"/>'
        "<last-chance/>"
    ) == {
        "new": True,
        "live": True,
        "premiere": True,
        "premiere_text": "First",
        "previously_shown": True,
        "previously_shown_details": {"start": "20250101", "channel": "x"},
        "last_chance": True,
    }


def test_what_nobody_knows_is_passed_over() -> None:
    assert read("<title>T</title><x-own><deep/></x-own><episode-num>ep 3</episode-num>")[3] == {
        "onscreen_episode": "ep 3"
    }


def test_what_is_nested_in_a_text_is_part_of_it() -> None:
    element = etree.fromstring("<t> a<b>c</b>d </t>")
    assert text_of(element) == "acd"
