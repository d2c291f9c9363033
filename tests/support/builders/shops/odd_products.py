"""A small shop with pictures and titles that no page expects."""

from datetime import timedelta

from adapters.catalog import Product
from adapters.catalog.records import MAX_TITLE_CHARACTERS
from tests.support.builders.published_snapshots import START, ListedCatalog, shop
from tests.support.builders.purchases import recorded_purchase

PICTURED, BROKEN, UNSAFE = "pictured", "broken", "unsafe"
"""Products whose picture can be loaded, cannot be loaded, and must not be."""

LONG = ("one-word", "many-words", "ligatures")
"""Products with the longest titles."""

_TITLES = dict(
    zip(LONG, ("A" * MAX_TITLE_CHARACTERS, "word " * (MAX_TITLE_CHARACTERS // 5), "ﷺ" * 900), strict=True)
)
_PICTURES = {
    PICTURED: "https://pictures.test/wide.png",
    BROKEN: "https://pictures.test/broken.png",
    UNSAFE: "/console/nothing",
}


def odd_shop() -> ListedCatalog:
    """The shop.

    Half of its shoppers bought each of the odd products, so that they are popular.
    """
    catalog = shop(products=30, shoppers=40)
    for number, name in enumerate((*_TITLES, *_PICTURES)):
        title = _TITLES.get(name, f"Odd {name}")
        catalog.product_list.append(
            Product(
                id=name,
                title=title,
                brand=title[:200],
                category=f"{title[:100]} > {title[:100]}",
                price=1.0,
                image_url=_PICTURES.get(name),
                updated_at=START,
            )
        )
        for shopper in range(number % 2, 40, 2):
            at = START - timedelta(hours=shopper + number)
            catalog.purchase_list.append(recorded_purchase(f"{name}-{shopper}", f"u{shopper}", name, at))
    return catalog
