"""Prints three shoppers' recommendations and the next commands to try."""

import shlex
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.shop import Bought, Recommended, Shop, recommendations_url, repeated_titles
from demo.state import Running
from demo.tokens import SERVICE_SCOPE, SHOPPER_SCOPE, fetch_token

SHOPPERS = 3
_ROWS = 10
_WIDTH_WITHOUT_TERMINAL = 130


def demo_console() -> Console:
    """The console, wide enough for the tables when the output is a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_WITHOUT_TERMINAL)


def show_shoppers(console: Console, running: Running) -> list[str]:
    """Prints purchases and recommendations of some shoppers and returns their ids."""
    with Shop(running.catalog_url, running.service_url) as shop:
        shoppers = shop.typical_shoppers(SHOPPERS)
        for user_id in shoppers:
            token = fetch_token(running, subject=user_id, scope=SHOPPER_SCOPE)
            console.print(_table(shop, user_id, token))
    console.print("[dim]Products with the same name are distinguished by their ids (#).[/dim]")
    return shoppers


def show_what_to_try(console: Console, running: Running, shoppers: list[str]) -> None:
    """Prints the address of the documentation, a `curl` command and token commands."""
    console.print(f"\nThe API's own documentation: {running.service_url}/schema")
    if shoppers:
        token = fetch_token(running, subject=shoppers[0], scope=SHOPPER_SCOPE)
        console.print("Try it with this real token, which is valid for an hour:\n")
        print(_curl(running, shoppers[0], token), flush=True)
    example = shlex.quote(shoppers[0]) if shoppers else "someone"
    console.print(f"\nMore tokens:  make token SUB={example}   (that shopper's own)", markup=False)
    console.print(
        f'              make token SCOPE="{SERVICE_SCOPE}"   (a service\'s: any shopper)', markup=False
    )
    console.print("Ctrl-C ends everything.")


def _table(shop: Shop, user_id: str, token: str) -> Table:
    history = shop.history(user_id)
    strategy, recommended = shop.recommendations(user_id, token, _ROWS)
    known = [item.product_id for item in history] + [item.product_id for item in recommended]
    names = _names(shop.titles(known), known)
    table = Table(
        title=Text(f"Shopper {user_id} ({strategy})"), title_justify="left", expand=True, pad_edge=False
    )
    table.add_column("bought lately", ratio=4)
    table.add_column("recommended", ratio=4)
    table.add_column("why", ratio=5)
    for left, right in zip_longest(history[:_ROWS], recommended):
        table.add_row(*_row(left, right, names))
    return table


def _row(
    bought: Bought | None, recommended: Recommended | None, names: dict[str, str]
) -> tuple[Text, Text, Text]:
    left = Text(f"{bought.day}  {names[bought.product_id]}") if bought else Text()
    middle = Text(names[recommended.product_id]) if recommended else Text()
    return left, middle, Text(recommended.reason) if recommended else Text()


def _names(titles: dict[str, str], product_ids: list[str]) -> dict[str, str]:
    """Displayed names by product id. A name that is not unique includes the id."""
    repeated = repeated_titles(titles, product_ids)
    names = {}
    for product in product_ids:
        title = titles.get(product, product)
        names[product] = f"{title} (#{product})" if title in repeated else title
    return names


def _curl(running: Running, user_id: str, token: str) -> str:
    header = shlex.quote(f"Authorization: Bearer {token}")
    url = shlex.quote(f"{recommendations_url(running.service_url, user_id)}?limit=5")
    return f"curl -sS -H {header} {url}"
