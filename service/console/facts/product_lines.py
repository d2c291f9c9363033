"""Products as the console names them: the newest of snapshot and overlay."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from recommender.snapshot.lookups import ResolvedIds
from service.snapshots.live import Serving


class ProductLine(msgspec.Struct, frozen=True):
    """A product in one line.

    Attributes:
        product_id: the catalog's id.
        title, category, image_url: null if the product has none.
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
    documents = newest_documents(serving, listed)
    return [
        ProductLine(each, in_catalog=False)
        if (document := documents.get(each)) is None
        else line_of(each, document)
        for each in listed
    ]


def line_of(product_id: str, document: Mapping[str, Any]) -> ProductLine:
    """The line of a product, from its document in the catalog."""
    get = document.get
    return ProductLine(product_id, get("title"), get("category"), get("image_url"), get("price"))


def newest_documents(serving: Serving, product_ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
    """The newest document of each product that is known and not deleted."""
    snapshot, corrections = serving.snapshot, serving.corrections
    distinct = list(dict.fromkeys(product_ids))
    ids = ResolvedIds(snapshot.lookup)
    gone = set(corrections.missing(distinct, ids)) - corrections.additions.by_id.keys()
    found = {}
    for product_id, row in zip(distinct, ids.find(distinct).tolist(), strict=True):
        if product_id not in gone:
            document = corrections.overlay.document(product_id) or snapshot.documents.raw(row)
            found[product_id] = msgspec.json.decode(document)
    return found
