"""XML whose repeated elements become objects of JSON lines, as in product feeds."""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, iterparse

import msgspec

from purchase_files.errors import NoTable
from purchase_files.formats.copies import new_copy

_MAX_DEPTH = 50
_MIN_RECORDS = 2
_START_BYTES = 64
_LISTED = {"item", "line", "product", "row", "entry", "position", "article", "offer", "param"}

Tags = tuple[str, ...]


def write_records(path: Path, label: str, folder: Path) -> Path | None:
    """Writes a JSON object for each record, and returns the file.

    Records are the outermost repeated elements that have others inside or attributes.

    Returns:
        None if the file has no records, or is nested too deeply.

    Raises:
        NoTable: damaged file.
    """
    try:
        records = _records_in(path)
        if records is None:
            return None
        copy = new_copy(folder, "jsonl")
        with copy.open("wb") as target:
            for element in _elements(path, records):
                target.write(msgspec.json.encode(_object(element)) + b"\n")
    except ParseError as error:
        if not _is_declared(path):
            return None
        raise NoTable(
            f"{label} is XML that cannot be read: {error}. Export it again, or as CSV or JSON"
        ) from error
    except (ValueError, LookupError):
        return None
    return copy


def _is_declared(path: Path) -> bool:
    """True for a file that begins with a declaration of XML."""
    with path.open("rb") as stream:
        return stream.read(_START_BYTES).removeprefix(BOM_UTF8).lstrip().startswith(b"<?xml")


def _records_in(path: Path) -> Tags | None:
    """Returns the tags from the root to the records."""
    found, structured = Counter[Tags](), set[Tags]()
    for event, tags, element in _events(path):
        if event == "start":
            found[tags] += 1
            structured.add(tags[:-1])
            if element.attrib:
                structured.add(tags)
        else:
            element.clear()
    repeated = [tags for tags, count in found.items() if count >= _MIN_RECORDS and tags in structured]
    return min(repeated, key=lambda tags: (len(tags), -found[tags]), default=None)


def _elements(path: Path, records: Tags) -> Iterator[Element]:
    for event, tags, element in _events(path):
        if event == "end" and len(tags) <= len(records):
            if tags == records:
                yield element
            element.clear()


def _events(path: Path) -> Iterator[tuple[str, Tags, Element]]:
    """Yields starts and ends of elements, with the tags from the root to them."""
    tags: Tags = ()
    # Expat limits what entities expand to, and refuses a document that needs an entity from outside.
    for event, element in iterparse(path, ("start", "end")):  # noqa: S314 - tests try both attacks
        if event == "start":
            tags = (*tags, _tag(element))
            if len(tags) > _MAX_DEPTH:
                raise ValueError("elements are nested too deeply")
        yield event, tags, element
        if event == "end":
            tags = tags[:-1]


def _tag(element: Element) -> str:
    """Returns the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _object(element: Element) -> dict[str, Any]:
    """Returns attributes and inner elements by name, several of one name as a list."""
    found: dict[str, Any] = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    inner: dict[str, list[Any]] = {}
    for child in element:
        inner.setdefault(_tag(child), []).append(_value(child))
        if len(child) == 0:
            found |= {f"{_tag(child)} {name.rpartition('}')[2]}": text for name, text in child.attrib.items()}
    text = (element.text or "").strip()
    if text and not inner:
        found["text"] = text
    return found | {tag: values[0] if len(values) == 1 else values for tag, values in inner.items()}


def _value(element: Element) -> object:
    if len(element) == 0:
        text = (element.text or "").strip()
        return text if text or not element.attrib else _object(element)
    tags = {_tag(child) for child in element}
    if len(tags) == 1 and (len(element) > 1 or _lists(_tag(element), *tags)):
        return [_object(child) if len(child) or child.attrib else _value(child) for child in element]
    return _object(element)


def _lists(tag: str, inner: str) -> bool:
    """True if an element lists those inside, such as `items` or `orderLines`."""
    return inner.lower() in _LISTED or tag.lower().startswith(inner.lower())
