"""A client that calls the service as a shop does."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from tests.support.servers.waiting import wait_for
from tests.system.conftest import Stack

SCOPES = "recommendations:read.any events:write.any profiles:read.any profiles:write.any users:erase.any"


class Caller:
    """A client of one pod, with all scopes by default."""

    def __init__(self, stack: Stack, url: str, *, subject: str | None = None, scope: str = SCOPES) -> None:
        self._url = url
        self._bearer = {"authorization": f"Bearer {stack.token(subject, scope)}"}

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = self._bearer | request.pop("headers", {})
        return httpx.request(method, f"{self._url}{path}", headers=headers, timeout=60, **request)

    def recommendations(self, user_id: str, **parameters: object) -> dict[str, Any]:
        answer = self.call("GET", f"{user_path(user_id)}/recommendations", params=parameters)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def shown(self, user_id: str, **parameters: object) -> list[str]:
        return [item["product_id"] for item in self.recommendations(user_id, **parameters)["items"]]

    def shown_on_all_pages(self, user_id: str, **parameters: object) -> list[str]:
        page = self.recommendations(user_id, **parameters)
        shown = [item["product_id"] for item in page["items"]]
        while "next_cursor" in page:
            page = self.recommendations(user_id, **parameters, cursor=page["next_cursor"])
            shown += [item["product_id"] for item in page["items"]]
        return shown

    def record(self, *events: dict[str, Any]) -> httpx.Response:
        return self.call("POST", "/v1/events", json={"events": events})

    def accept(self, *events: dict[str, Any]) -> None:
        """Records events, all of which have to be accepted.

        As a shop does, it tries again while the database is too slow to answer.
        """
        answer = wait_for(lambda: self.record(*events), lambda answer: answer.status_code != 503)
        assert answer.status_code == 202, answer.text


def user_path(user_id: str) -> str:
    return f"/v1/users/{quote(user_id, safe='')}"


def event(user_id: str, product_id: str, kind: str = "view", **changes: Any) -> dict[str, Any]:
    """An event that occurred two seconds ago."""
    made = {
        "id": uuid.uuid4().hex,
        "user_id": user_id,
        "product_id": product_id,
        "kind": kind,
        "occurred_at": (datetime.now(UTC) - timedelta(seconds=2)).isoformat(),
    }
    return made | changes
