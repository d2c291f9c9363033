"""Addresses of a product's and a shopper's page, without the path prefix."""

from urllib.parse import quote

from service.http.middleware.authentication import CONSOLE

PRODUCTS = f"{CONSOLE}/products"
SHOPPERS = f"{CONSOLE}/shoppers"


def product_address(product_id: str) -> str:
    """Path of a product's page."""
    return f"{PRODUCTS}/{quote(product_id, safe='')}"


def shopper_address(user_id: str) -> str:
    """Path of a shopper's page."""
    return f"{SHOPPERS}/{quote(user_id, safe='')}"
