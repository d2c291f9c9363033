"""What ids look like, for the OpenAPI document; what is refused, `adapters.catalog.id_fault` decides."""

from typing import Annotated

from msgspec import Meta

from adapters.catalog import MAX_ID_CHARACTERS

# `(?!\n)`: in Python's regular expressions `$` also matches before a line's end, and clients are written in it too.
ID_PATTERN = r"^(?!\.{1,2}$)[^\x00-\x1f\x7f-\x9f/?#]+(?!\n)$"

_SHAPE = {"minLength": 1, "maxLength": MAX_ID_CHARACTERS, "pattern": ID_PATTERN}

EventId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["a-1042-7"])]
ProductId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["p-1042"])]
UserId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["u-7"])]
