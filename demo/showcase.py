"""Prints three shoppers' recommendations and the next commands to try."""

import shlex
from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.shop import Bought, Recommended, Shop, Shopper, recommendations_url, repeated_titles
from demo.state import Running
from demo.tokens import CONSOLE_SCOPE, SERVICE_SCOPE, SHOPPER_SCOPE, fetch_token

SHOPPERS = 3
_CANDIDATES = 12
_ROWS = 10
_COMPLEMENTS = 3
_WIDE = 100


def demo_console() -> Console:
    """The console, 80 columns wide without a terminal, as the preview of files is."""
    return Console(highlight=False)


def show_shoppers(console: Console, running: Running) -> list[str]:
    """Prints purchases and recommendations of some shoppers and returns their ids.

    Without shoppers, it prints popular products and what is bought with them.
    """
    with Shop(running.catalog_url, running.service_url) as shop:
        shoppers = _interesting_shoppers(shop, running)
        for shopper in shoppers:
            for table in _tables(shop, shopper, wide=console.width >= _WIDE):
                console.print(table)
            if not shopper.recommended:
                console.print(f"  {_why_empty(shopper, shop.products_for_sale())}", markup=False)
        if not shoppers:
            _show_products(console, shop, fetch_token(running, subject=None, scope=SHOPPER_SCOPE))
    console.print("[dim]Products with the same name are distinguished by their ids (#).[/dim]")
    return [shopper.user_id for shopper in shoppers]


def _why_empty(shopper: Shopper, products: int) -> str:
    """Says why nothing is recommended to a shopper.

    `products` is the number of the catalog's products.
    """
    if len(shopper.history) >= products:
        return (
            f"Nothing is recommended: this shopper bought all {products:,} products. "
            "With include_purchased=true, they are recommended again."
        )
    return f"Nothing is recommended: none of the other {products - len(shopper.history):,} products is in the snapshot."


def show_console(console: Console, running: Running) -> None:
    """Prints the address of the console."""
    console.print(f"[bold]Look at it: {running.service_url}/console[/bold]", soft_wrap=True)


def show_what_to_try(console: Console, running: Running, shoppers: list[str]) -> None:
    """Prints the addresses of console and documentation, a `curl` command and token commands."""
    console.print()
    show_console(console, running)
    console.print(f"The API's own documentation: {running.service_url}/schema")
    path = (
        recommendations_url(running.service_url, shoppers[0])
        if shoppers
        else f"{running.service_url}/v1/popular"
    )
    console.print("Try it in a second terminal, in this folder:\n")
    subject = f"SUB={_make_value(shoppers[0])}" if shoppers else f'SCOPE="{SHOPPER_SCOPE}"'
    print(_curl(f"{path}?limit=5", subject), flush=True)
    example = _make_value(shoppers[0]) if shoppers else "someone"
    console.print("\nMore tokens: a shopper's own, and one for any shopper:\n")
    print(f'make token SUB={example}\nmake token SCOPE="{SERVICE_SCOPE}"\n', flush=True)


def show_verdict(console: Console, running: Running) -> None:
    """Prints the console's answer whether the last build was better."""
    with Shop(running.catalog_url, running.service_url) as shop:
        said = shop.verdict(fetch_token(running, subject=None, scope=CONSOLE_SCOPE))
    console.print(f"   Was the last build better? {said}", markup=False)
    console.print(f"   {running.service_url}/console/snapshots", soft_wrap=True)


def show_end(console: Console) -> None:
    """Prints how to build once more, and how to end."""
    console.print("Another build, which the console compares with the last one:\n")
    print("make rebuild\n", flush=True)
    console.print("Ctrl-C ends everything.")


def _interesting_shoppers(shop: Shop, running: Running) -> list[Shopper]:
    """The candidates whose recommendations show most, in the order of the candidates."""
    candidates = []
    for user_id in shop.candidates(_CANDIDATES):
        token = fetch_token(running, subject=user_id, scope=SHOPPER_SCOPE)
        candidates.append(shop.shopper(user_id, token, _ROWS))
    chosen = sorted(candidates, key=lambda shopper: shopper.interest, reverse=True)[:SHOPPERS]
    return [shopper for shopper in candidates if shopper in chosen]


def _tables(shop: Shop, shopper: Shopper, *, wide: bool) -> list[Table]:
    """Purchases beside recommendations, or above them on a narrow terminal."""
    history, recommended = shopper.history, shopper.recommended
    known = [item.product_id for item in history] + [item.product_id for item in recommended]
    names = _names(shop.titles(known), known)
    title = Text(f"Shopper {shopper.user_id} ({shopper.strategy})")
    rows = [_row(left, right, names) for left, right in zip_longest(history[:_ROWS], recommended)]
    if wide:
        return [_columns(title, {"bought lately": 4, "recommended": 4, "why": 5}, rows)]
    bought = [row[:1] for row in rows if row[0]]
    return [
        _columns(title, {"bought lately": 1}, bought),
        _columns(None, {"recommended": 4, "why": 5}, [row[1:] for row in rows if row[1]]),
    ]


def _columns(title: Text | None, ratios: dict[str, int], rows: Sequence[tuple[Text, ...]]) -> Table:
    table = Table(title=title, title_justify="left", expand=True, pad_edge=False)
    for name, ratio in ratios.items():
        table.add_column(name, ratio=ratio)
    for row in rows:
        table.add_row(*row)
    return table


def _row(
    bought: Bought | None, recommended: Recommended | None, names: dict[str, str]
) -> tuple[Text, Text, Text]:
    left = Text(f"{bought.day}  {names[bought.product_id]}") if bought else Text()
    middle = Text(names[recommended.product_id]) if recommended else Text()
    return left, middle, Text(recommended.reason) if recommended else Text()


def _show_products(console: Console, shop: Shop, token: str) -> None:
    """Prints popular products and what is bought together with each."""
    popular = shop.popular(token, _ROWS)
    complements = {
        item.product_id: shop.bought_together(item.product_id, token, _COMPLEMENTS) for item in popular
    }
    known = [*complements, *(item.product_id for found in complements.values() for item in found)]
    names = _names(shop.titles(known), known)
    console.print(
        "These purchases name no shopper, so no list is personal. Popular products, and what is bought with them:"
    )
    table = Table(expand=True, pad_edge=False)
    table.add_column("popular", ratio=3)
    table.add_column("why", ratio=3)
    table.add_column("bought together with it", ratio=5)
    for item in popular:
        together = ", ".join(names[found.product_id] for found in complements[item.product_id])
        table.add_row(
            Text(names[item.product_id]),
            Text(item.reason),
            Text(together or "nothing, often enough to tell"),
        )
    console.print(table)


def _names(titles: dict[str, str], product_ids: list[str]) -> dict[str, str]:
    """Displayed names by product id. A name that is not unique includes the id."""
    repeated = repeated_titles(titles, product_ids)
    names = {}
    for product in product_ids:
        title = titles.get(product, product)
        names[product] = f"{title} (#{product})" if title in repeated else title
    return names


def _curl(url: str, subject: str) -> str:
    return f'curl -H "Authorization: Bearer $(make -s token {subject})" \\\n  {shlex.quote(url)}'


def _make_value(text: str) -> str:
    """`text` as the value of a variable of make, which reads `$` itself."""
    return shlex.quote(text.replace("$", "$$"))
