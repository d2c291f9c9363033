"""Handlers of `/v1/products`."""

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from catalog.cursors import products_cursor, read_products_cursor
from catalog.entities import Product, ProductBody, ProductPage
from catalog.errors import InvalidRequest
from catalog.ids import normalized
from catalog.repositories.products import ProductRepository
from catalog.routes.requests import read_body, read_ids, read_instant, valid_id


@get("/products")
async def list_products(
    products: NamedDependency[ProductRepository],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=10_000)] = 1000,
    updated_since: FromQuery[str | None] = None,
    ids: FromQuery[str | None] = None,
) -> ProductPage:
    """Returns the change feed, oldest change first, or the products in `ids`."""
    if ids is not None:
        return ProductPage(items=await products.by_ids(read_ids(ids)), next_cursor=None)
    items, position = await products.page(
        after=None if cursor is None else read_products_cursor(cursor),
        updated_since=None if updated_since is None else read_instant("updated_since", updated_since),
        limit=limit,
    )
    return ProductPage(items=items, next_cursor=None if position is None else products_cursor(*position))


@put("/products/{product_id:str}")
async def put_product(
    request: Request[Any, Any, Any], product_id: FromPath[str], products: NamedDependency[ProductRepository]
) -> Response[Product]:
    """Creates (201) or replaces (200) a product."""
    product_id = valid_id("the product's id", product_id)
    body = read_body(await request.body(), ProductBody)
    if body.id is not None and normalized(body.id) != product_id:
        raise InvalidRequest(
            f"the body's id {body.id!r:.220} differs from the id in the path, {product_id!r}"
        )
    product, new = await products.put(product_id, body)
    return Response(product, status_code=HTTPStatus.CREATED if new else HTTPStatus.OK)


@delete("/products/{product_id:str}")
async def delete_product(product_id: FromPath[str], products: NamedDependency[ProductRepository]) -> None:
    """Marks a product as deleted."""
    await products.delete(normalized(product_id))
