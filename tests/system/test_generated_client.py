"""A client generated from the OpenAPI document calls every operation."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.conftest import Stack
from tests.system.stack import odd_shop
from tests.system.stack.shoppers import SCOPES, event

PACKAGE = "generated_recommender"
SHOPPER = odd_shop.user_id(43)
PRODUCT = odd_shop.product_id(4)
FILTERS = {"limit": 3, "category": ["Bakery", "日用品 > 紙"], "price_min": 0.5, "in_stock": True}
LISTS = {
    "recommendations_for_user": {"user_id": SHOPPER, "include_purchased": True},
    "repeat_purchases_for_user": {"user_id": SHOPPER},
    "similar_products": {"product_id": PRODUCT},
    "products_bought_together": {"product_id": PRODUCT},
    "popular_products": {},
    "trending_products": {},
    "new_products": {},
}
BODIES: dict[str, tuple[str, dict[str, Any], int]] = {
    "recommendations_for_session": ("RecommendationsBody", {"basket": [PRODUCT], "limit": 3}, 200),
    "recommendations_in_batch": ("BatchBody", {"entries": [{"id": "a", "user_id": SHOPPER}]}, 207),
    "ranking_of_products": ("RankingsBody", {"product_ids": [PRODUCT], "user_id": SHOPPER}, 200),
    "record_events": ("EventsBody", {"events": [event(SHOPPER, PRODUCT)]}, 202),
    "set_preferences": ("PreferencesBody", {"liked_categories": ["Garden"]}, 200),
}
OTHERS: dict[str, dict[str, Any]] = {
    "read_preferences": {"user_id": SHOPPER},
    "export_shopper": {"user_id": SHOPPER},
    "erase_shopper": {"user_id": SHOPPER},
    "served_snapshot": {},
    "live_probe": {},
    "ready_probe": {},
}


class GeneratedClient:
    """The generated package and a connection for its functions."""

    def __init__(self, stack: Stack) -> None:
        self.document = httpx.get(f"{stack.service_url}/schema/openapi.json", timeout=60).json()
        self.models = importlib.import_module(f"{PACKAGE}.models")
        package = importlib.import_module(PACKAGE)
        self.connection = package.AuthenticatedClient(stack.service_url, token=stack.token(scope=SCOPES))

    def operations(self) -> dict[str, str]:
        """The tag of every operation."""
        return {
            operation["operationId"]: operation["tags"][0]
            for item in self.document["paths"].values()
            for operation in item.values()
        }

    def call(self, operation: str, **arguments: Any) -> Any:
        """Calls an operation. Returns its status, headers and parsed content."""
        module = importlib.import_module(f"{PACKAGE}.api.{self.operations()[operation]}.{operation}")
        return module.sync_detailed(client=self.connection, **arguments)


@pytest.fixture(scope="module")
def client(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GeneratedClient]:
    folder = tmp_path_factory.mktemp("client")
    document, config = folder / "openapi.json", folder / "config.yaml"
    document.write_bytes(httpx.get(f"{stack.service_url}/schema/openapi.json", timeout=60).content)
    config.write_text("post_hooks: []\nliteral_enums: true\n")
    generate(document, config, folder / PACKAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        made = GeneratedClient(stack)
        with made.connection:
            yield made


def generate(document: Path, config: Path, output: Path) -> None:
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += ["--path", str(document), "--config", str(config), "--output-path", str(output)]
    done = subprocess.run(
        [*command, "--fail-on-warning"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_operation_is_covered(client: GeneratedClient) -> None:
    called = {operation for operation, tag in client.operations().items() if tag != "console"}
    assert called == LISTS.keys() | BODIES.keys() | OTHERS.keys()


@pytest.mark.parametrize("operation", LISTS)
def test_client_reads_lists_page_by_page(client: GeneratedClient, operation: str) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        answer = client.call(operation, **LISTS[operation], **FILTERS, **cursor, expand="product")
        assert answer.status_code == 200, answer.content
        page = answer.parsed
        assert isinstance(page, client.models.RecommendationsView)
        for item in page.items:
            assert item.reason.text
            assert item.product["category"].startswith(("Bakery", "日用品"))
            seen.append(item.product_id)
        if not page.next_cursor:
            break
        cursor = {"cursor": page.next_cursor}
    assert len(seen) == len(set(seen))
    assert seen or operation in ("repeat_purchases_for_user", "new_products")


def test_known_etag_is_answered_with_304(client: GeneratedClient) -> None:
    first = client.call("popular_products")
    assert client.call("popular_products", if_none_match=first.headers["etag"]).status_code == 304


@pytest.mark.parametrize("operation", BODIES)
def test_client_sends_bodies(client: GeneratedClient, operation: str) -> None:
    model, content, status = BODIES[operation]
    body = getattr(client.models, model).from_dict(content)
    path = {"user_id": SHOPPER} if operation == "set_preferences" else {}
    answer = client.call(operation, **path, body=body)
    assert answer.status_code == status, answer.content
    assert type(answer.parsed).__module__.startswith(PACKAGE)
    if operation == "recommendations_in_batch":
        assert answer.parsed.results[0].answer.user_id == SHOPPER


@pytest.mark.parametrize("operation", OTHERS)
def test_client_parses_all_other_answers(client: GeneratedClient, operation: str) -> None:
    answer = client.call(operation, **OTHERS[operation])
    assert answer.status_code == 200, answer.content
    assert type(answer.parsed).__module__.startswith(PACKAGE)


def test_client_parses_problems(client: GeneratedClient) -> None:
    unknown = client.call("similar_products", product_id="no such product").parsed
    assert isinstance(unknown, client.models.Problem)
    assert unknown.type_.endswith(":unknown-product")
    wrong = client.call("popular_products", limit=0).parsed
    assert wrong.errors[0].parameter == "limit"
