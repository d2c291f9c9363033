"""Descriptions of schemas from the classes that they are made from."""

import inspect

import pytest
from litestar.openapi.spec import Schema
from msgspec import Struct

import catalog.entities
from adapters.catalog import contract
from adapters.snapshots import shop_data
from service.openapi.attributes import describe_fields


@pytest.mark.parametrize("name", ["Load", "LeftOutRows", "LoadedFile"])
def test_schema_is_described_by_the_class_of_the_service(name: str) -> None:
    own, *others = (getattr(module, name) for module in (shop_data, contract, catalog.entities))
    fields = own.__struct_encode_fields__
    assert any(issubclass(cls, Struct) and cls.__struct_encode_fields__ == fields for cls in others)
    schema = Schema(properties={field: Schema() for field in fields})
    describe_fields({name: schema})
    assert schema.description == inspect.cleandoc(own.__doc__).split("\n\n")[0]
