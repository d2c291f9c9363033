"""HTML in descriptions as text, and texts without control characters."""

from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute

_HIDDEN = {"script", "style"}
_BREAKING = {
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
}
_MARKED = {"title", "description"}
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_MARKUP = r"</?[A-Za-z][^>]*>|&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);"


class _Text(HTMLParser):
    """Collects the text of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKING:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BREAKING:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def text_of(markup: str) -> str:
    """Returns the text of HTML, with single spaces."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return " ".join("".join(parser.parts).split())


def as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Returns a batch of products whose texts have no markup and no control characters."""
    for name in ("title", "description", "category", "brand"):
        index = batch.schema.get_field_index(name)
        if index < 0 or not pa.types.is_string(batch.schema.field(index).type):
            continue
        if pc.any(pc.match_substring_regex(batch.column(index), _CONTROL)).as_py():
            texts = pc.utf8_trim_whitespace(pc.replace_substring_regex(batch.column(index), _CONTROL, " "))
            batch = batch.set_column(index, name, texts)
        if name not in _MARKED:
            continue
        marked = pc.match_substring_regex(batch.column(index), _MARKUP)
        if pc.any(marked).as_py():
            values = batch.column(index).to_pylist()
            plain = [text_of(value) if value else value for value in values]
            batch = batch.set_column(index, name, pa.array(plain, pa.string()))
    return batch
