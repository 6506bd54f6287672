"""What one ``<programme>`` of a guide says.

Source: dispatcharr spec 7 (title, custom_properties). The keys of ``properties``:

==========================  ===================================================================
``categories`` ``keywords``  lists of texts
``season`` ``episode``       numbers from 1: of ``xmltv_ns``, else of ``onscreen``, else of the
                             description
``onscreen_episode``         text as written; ``dd_progid`` likewise
``rating`` ``rating_system`` the first ``<rating>``
``star_ratings``             list of ``{value, system?}``
``credits``                  by role; ``actor`` a list of ``{name, role?, guest?}``, the other
                             roles lists of names
``date`` ``country``         texts; so ``language`` and ``original_language``
``length``                   ``{value, units}``
``video`` ``audio``          what is said of them, by element's name
``subtitles``                list of ``{type?, language?}``
``reviews``                  list of ``{type?, source?, reviewer?, content}``
``images``                   list of ``{url, type?, size?, orient?, system?}``
``icon``                     address
``new`` ``live``             true when set; so ``premiere`` (its text in ``premiere_text``),
                             ``previously_shown`` (with ``previously_shown_details``) and
                             ``last_chance``
==========================  ===================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Element = Any
"""An element of lxml, which has no type information."""

Properties = dict[str, Any]

_ONSCREEN = re.compile(r"S\s{0,4}(\d{1,4})\s{0,4}E(?:P\s{0,4})?(\d{1,5})", re.IGNORECASE)
_DESCRIBED = re.compile(
    r"\bS(\d{1,3})\s{0,2}E(\d{1,4})\b|\bSeason\s{1,3}(\d{1,3}),?\s{1,3}Episode\s{1,3}(\d{1,4})\b",
    re.IGNORECASE,
)


def text_of(element: Element) -> str:
    """An element's text, with that of what is nested in it, trimmed."""
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(element.itertext()).strip()


def read_children(programme: Element) -> tuple[str, str | None, str | None, Properties | None]:
    """Title (cut to 255 characters, ``No Title`` without one), sub-title, description, properties.

    Of several languages the first is taken.
    """
    title = sub_title = description = ""
    found: Properties = {}
    for child in programme:
        tag = child.tag
        if tag == "title":
            title = title or text_of(child)
        elif tag == "desc":
            description = description or text_of(child)
        elif tag == "sub-title":
            sub_title = sub_title or text_of(child)
        elif tag == "category":
            text = text_of(child)
            if text:
                found.setdefault("categories", []).append(text)
        else:
            reader = _READERS.get(tag) if isinstance(tag, str) else None
            if reader is not None:
                reader(child, found)
    if description and "season" not in found and "episode" not in found:
        _from_description(description, found)
    return title[:255] or "No Title", sub_title or None, description or None, found or None


def _episode_number(element: Element, found: Properties) -> None:
    system, text = element.get("system") or "", text_of(element)
    if not text:
        return
    if system == "xmltv_ns":
        season, _, rest = text.partition(".")
        for key, part in (("season", season), ("episode", rest.partition(".")[0])):
            number = part.partition("/")[0].strip()
            if number.isascii() and number.isdigit() and len(number) < 7:
                found[key] = int(number) + 1
    elif system == "onscreen":
        found["onscreen_episode"] = text
        match = _ONSCREEN.search(text)
        if match:
            found.setdefault("season", int(match[1]))
            found.setdefault("episode", int(match[2]))
    elif system == "dd_progid":
        found["dd_progid"] = text
    elif not system:
        found.setdefault("onscreen_episode", text)


def _from_description(text: str, found: Properties) -> None:
    match = _DESCRIBED.search(text)
    if match:
        found["season"] = int(match[1] or match[3])
        found["episode"] = int(match[2] or match[4])


def _rating(element: Element, found: Properties) -> None:
    value = _value(element)
    if value and "rating" not in found:
        found["rating"] = value
        if element.get("system"):
            found["rating_system"] = element.get("system")


def _star_rating(element: Element, found: Properties) -> None:
    value = _value(element)
    if value:
        rating = {"value": value, **_kept(element, "system")}
        found.setdefault("star_ratings", []).append(rating)


def _value(element: Element) -> str:
    inner = element.find("value")
    return text_of(element if inner is None else inner)


def _credits(element: Element, found: Properties) -> None:
    people: Properties = found.setdefault("credits", {})
    for person in element:
        name = text_of(person) if isinstance(person.tag, str) else ""
        if not name:
            continue
        if person.tag == "actor":
            actor: Properties = {"name": name, **_kept(person, "role")}
            if person.get("guest") == "yes":
                actor["guest"] = True
            people.setdefault("actor", []).append(actor)
        else:
            people.setdefault(person.tag, []).append(name)
    if not people:
        del found["credits"]


def _length(element: Element, found: Properties) -> None:
    text = text_of(element)
    if text:
        found["length"] = {"value": text, "units": element.get("units") or "minutes"}


def _parts(element: Element, found: Properties) -> None:
    said = {part.tag: text_of(part) for part in element if isinstance(part.tag, str)}
    said = {tag: text for tag, text in said.items() if text}
    if said:
        found[element.tag] = said


def _subtitles(element: Element, found: Properties) -> None:
    language = element.find("language")
    said = _kept(element, "type")
    if language is not None and text_of(language):
        said["language"] = text_of(language)
    found.setdefault("subtitles", []).append(said)


def _review(element: Element, found: Properties) -> None:
    text = text_of(element)
    if text:
        review = {**_kept(element, "type", "source", "reviewer"), "content": text}
        found.setdefault("reviews", []).append(review)


def _image(element: Element, found: Properties) -> None:
    url = text_of(element)
    if url:
        image = {"url": url, **_kept(element, "type", "size", "orient", "system")}
        found.setdefault("images", []).append(image)


def _icon(element: Element, found: Properties) -> None:
    source = (element.get("src") or "").strip()
    if source:
        found.setdefault("icon", source)


def _premiere(element: Element, found: Properties) -> None:
    found["premiere"] = True
    if text_of(element):
        found["premiere_text"] = text_of(element)


def _previously_shown(element: Element, found: Properties) -> None:
    found["previously_shown"] = True
    details = _kept(element, "start", "channel")
    if details:
        found["previously_shown_details"] = details


def _kept(element: Element, *names: str) -> Properties:
    return {name: element.get(name) for name in names if element.get(name)}


def _listed(key: str) -> Callable[[Element, Properties], None]:
    def read(element: Element, found: Properties) -> None:
        text = text_of(element)
        if text:
            found.setdefault(key, []).append(text)

    return read


def _first_text(key: str) -> Callable[[Element, Properties], None]:
    def read(element: Element, found: Properties) -> None:
        text = text_of(element)
        if text:
            found.setdefault(key, text)

    return read


def _flag(key: str) -> Callable[[Element, Properties], None]:
    def read(_: Element, found: Properties) -> None:
        found[key] = True

    return read


_READERS: dict[str, Callable[[Element, Properties], None]] = {
    "keyword": _listed("keywords"),
    "episode-num": _episode_number,
    "rating": _rating,
    "star-rating": _star_rating,
    "credits": _credits,
    "date": _first_text("date"),
    "country": _first_text("country"),
    "language": _first_text("language"),
    "orig-language": _first_text("original_language"),
    "length": _length,
    "video": _parts,
    "audio": _parts,
    "subtitles": _subtitles,
    "review": _review,
    "image": _image,
    "icon": _icon,
    "new": _flag("new"),
    "live": _flag("live"),
    "premiere": _premiere,
    "previously-shown": _previously_shown,
    "last-chance": _flag("last_chance"),
}
