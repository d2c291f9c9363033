"""Ids in requests: types for the OpenAPI document, and their normal form.

`adapters.catalog.id_fault` validates ids.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from adapters.catalog import MAX_ID_CHARACTERS
from recommender.normalization import normalize

# `(?!\n)`: in Python `$` also matches before a final line break, and clients may be written in Python.
ID_PATTERN = r"^(?!\.{1,2}$)[^\x00-\x1f\x7f-\x9f/?#]+(?!\n)$"

_SHAPE = {"minLength": 1, "maxLength": MAX_ID_CHARACTERS, "pattern": ID_PATTERN}

EventId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["a-1042-7"])]
ProductId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["p-1042"])]
UserId = Annotated[str, Meta(extra_json_schema=_SHAPE, examples=["u-7"])]


def normalize_ids(body: Struct, *fields: str) -> None:
    """Gives the ids in `fields` of a new struct their normal form.

    A field holds an id, a list or tuple of ids, or nothing.
    """
    for name in fields:
        found = getattr(body, name)
        if isinstance(found, str):
            force_setattr(body, name, normalize(found))
        elif isinstance(found, list | tuple):
            force_setattr(body, name, type(found)(map(normalize, found)))
