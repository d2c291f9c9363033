"""One call of everything that the API offers, also wrong ones."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

SCOPES = "recommendations:read.any events:write.any profiles:read.any profiles:write.any users:erase.any"


def call_everything(client: httpx.Client, headers: dict[str, str], user_id: str, product_id: str) -> None:
    """Calls every operation of a shop.

    Args:
        client: of the service.
        headers: with a token that has `SCOPES`.
        user_id: a shopper whom the catalog knows.
        product_id: a product of the snapshot.
    """
    own, product = f"/v1/users/{quote(user_id, safe='')}", f"/v1/products/{quote(product_id, safe='')}"
    paths = (
        f"{own}/recommendations?diversity=0.5",
        *(
            f"{own}/{rest}"
            for rest in ("recommendations", "recommendations", "buy-again", "profile", "preferences")
        ),
        "/v1/users/nobody/recommendations",
        *(f"{product}/{rest}" for rest in ("similar", "similar", "bought-together")),
        *("/v1/popular", "/v1/trending", "/v1/new-arrivals", "/v1/snapshot"),
    )
    answers = [client.get(path, headers=headers) for path in paths]
    bodies = {
        "/v1/recommendations": {"interactions": [{"product_id": product_id, "kind": "view"}]},
        "/v1/rankings": {"user_id": user_id, "product_ids": [product_id, "none"]},
        "/v1/recommendations/batch": {"entries": [{"user_id": user_id}]},
        "/v1/events": {"events": list(_events(user_id, answers[0].json()))},
    }
    answers += [client.post(path, json=body, headers=headers) for path, body in bodies.items()]
    answers.append(client.put(f"{own}/preferences", json={"liked_brands": ["Brand 1"]}, headers=headers))
    answers.append(client.delete("/v1/users/erased", headers=headers))
    assert {answer.status_code for answer in answers} <= {200, 202, 207}, [each.text for each in answers]
    client.request("PURGE", f"{own}/recommendations", headers=headers)
    for path in (f"{own}/recommendations?limit=0", "/v1/products/none/similar", "/nowhere/1", "/health/live"):
        client.get(path, headers=headers)
    client.get("/v1/popular")


def _events(user_id: str, answer: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Events of a shopper who buys the first product of an answer."""
    now = datetime.fromtimestamp(time.time(), UTC).isoformat()
    for kind in ("impression", "click", "purchase"):
        yield {
            "id": f"every-call-{kind}",
            "user_id": user_id,
            "product_id": answer["items"][0]["product_id"],
            "kind": kind,
            "occurred_at": now,
            "recommendation_id": answer["recommendation_id"],
        }
