"""Types of ids for the OpenAPI document. `adapters.catalog.id_fault` validates ids."""

from typing import Annotated

from msgspec import Meta

from adapters.catalog import MAX_ID_CHARACTERS

# `(?!\n)`: in Python `$` also matches before a final line break, and clients may be written in Python.
ID_PATTERN = r"^(?!\.{1,2}$)[^\x00-\x1f\x7f-\x9f/?#]+(?!\n)$"

_SHAPE = {"minLength": 1, "maxLength": MAX_ID_CHARACTERS, "pattern": ID_PATTERN}

EventId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["a-1042-7"])]
ProductId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["p-1042"])]
UserId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["u-7"])]
