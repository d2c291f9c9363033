"""Folders of files that belong together, loaded into both databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

TABLES = {
    "olist_customers_dataset": (
        '"customer_id","customer_unique_id","customer_city"\n"9ef","U1","x"\n"b08","U1","x"\n"b09","U2","y"\n'
    ),
    "olist_order_items_dataset": (
        '"order_id","order_item_id","product_id","price"\n"e48",1,"P1",29.99\n"53c",1,"P2",118.70\n'
    ),
    "olist_orders_dataset": (
        '"order_id","customer_id","order_status","order_purchase_timestamp"\n'
        '"e48","9ef","delivered","2017-10-02 10:56:33"\n"53c","b09","delivered","2018-07-24 20:41:37"\n'
    ),
    "olist_products_dataset": '"product_id","product_category_name"\n"P1","casa"\n"P2","perfumaria"\n',
    "product_category_name_translation": (
        "product_category_name,product_category_name_english\nperfumaria,perfumery\n"
    ),
}


def test_accounts_of_shoppers_are_loaded_as_their_persons(
    load_files: Callable[..., Any], serve: Callable[..., httpx.Client], database_url: str, tmp_path: Path
) -> None:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    loaded = load_files(database_url, purchases=tmp_path).summary
    assert (loaded.products, loaded.purchases, loaded.users) == (2, 2, 2)
    again = load_files(database_url, purchases=tmp_path).summary
    assert (again.purchases, again.users) == (0, 0)
    client = serve(database_url=database_url)
    bought = client.get("/v1/purchases?limit=100").json()["items"]
    assert {(item["user_id"], item["product_id"]) for item in bought} == {("U1", "P1"), ("U2", "P2")}
    listed = client.get("/v1/products?limit=100").json()["items"]
    assert {item["id"]: item["category"] for item in listed} == {"P1": "casa", "P2": "perfumery"}
