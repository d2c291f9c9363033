"""Descriptions of schemas from the classes that they are made from."""

import inspect

import pytest
from litestar.openapi.spec import Reference, Schema
from msgspec import UNSET, Struct, UnsetType

import catalog.entities
from adapters.catalog import contract
from adapters.snapshots import shop_data
from service.openapi.attributes import describe_defaults, describe_fields, require_sent_fields


@pytest.mark.parametrize("name", ["Load", "LeftOutRows", "LoadedFile"])
def test_schema_is_described_by_the_class_of_the_service(name: str) -> None:
    own, *others = (getattr(module, name) for module in (shop_data, contract, catalog.entities))
    fields = own.__struct_encode_fields__
    assert any(issubclass(cls, Struct) and cls.__struct_encode_fields__ == fields for cls in others)
    schema = Schema(properties={field: Schema() for field in fields})
    describe_fields({name: schema})
    assert schema.description == inspect.cleandoc(own.__doc__).split("\n\n")[0]


class SentAlways(Struct):
    """A part of an answer.

    Attributes:
        name: of the thing, None without one.
        note: a remark. None: nobody made one.
        extra: only if asked for.
    """

    name: str | None = None
    note: str | None = None
    extra: int | UnsetType = UNSET


class SentIfSet(Struct, omit_defaults=True):
    """A part that leaves out defaults."""

    code: int
    hint: str | None = None


def schemas_of(*classes: type[Struct]) -> dict[str, Schema]:
    return {
        cls.__name__: Schema(
            properties={field: Schema() for field in cls.__struct_encode_fields__}, required=[]
        )
        for cls in classes
    }


def test_fields_with_defaults_are_required_where_they_are_sent() -> None:
    schemas = schemas_of(SentAlways, SentIfSet)
    require_sent_fields(schemas)
    assert schemas["SentAlways"].required == ["name", "note"]
    assert schemas["SentIfSet"].required == []


def test_descriptions_say_null_instead_of_none() -> None:
    schemas = schemas_of(SentAlways)
    describe_fields(schemas)
    found = schemas["SentAlways"].properties or {}
    assert found["name"].description == "Of the thing, null without one."
    assert found["note"].description == "A remark. Null: nobody made one."


def test_defaults_are_words_and_no_values() -> None:
    properties: dict[str, Schema | Reference] = {
        "limit": Schema(default=10, description="Number of items."),
        "basket": Schema(default=[], description="Products."),
        "sent": Schema(default=False, description="Always there."),
    }
    describe_defaults({"Body": Schema(properties=properties, required=["sent"])})
    assert [part.description for part in properties.values()] == [
        "Number of items. Default: `10`.",
        "Products.",
        "Always there.",
    ]
    assert [part.default for part in properties.values() if isinstance(part, Schema)] == [None, None, None]
