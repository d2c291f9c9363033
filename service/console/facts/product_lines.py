"""Products as the console names them: the newest of snapshot and overlay."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from service.snapshots.live import Serving


class ProductLine(msgspec.Struct, frozen=True):
    """A product in one line.

    Attributes:
        product_id: the catalog's id.
        title, category, image_url: null if the product has none, or a blank one.
        price: in the shop's currency, null without one.
        in_catalog: false if neither snapshot nor catalog has the product any more. Everything else is null then.
    """

    product_id: str
    title: str | None = None
    category: str | None = None
    image_url: str | None = None
    price: float | None = None
    in_catalog: bool = True


def product_lines(serving: Serving, product_ids: Iterable[str]) -> list[ProductLine]:
    """The line of each product, in order."""
    listed = list(product_ids)
    unknown = frozenset(serving.unknown(listed))
    lines = {
        each: ProductLine(each, in_catalog=False)
        if each in unknown
        else line_of(each, msgspec.json.decode(serving.document(each)))
        for each in dict.fromkeys(listed)
    }
    return [lines[each] for each in listed]


def line_of(product_id: str, document: Mapping[str, Any]) -> ProductLine:
    """The line of a product, from its document in the catalog."""
    title, category = ((document.get(name) or "").strip() or None for name in ("title", "category"))
    return ProductLine(product_id, title, category, document.get("image_url"), document.get("price"))
