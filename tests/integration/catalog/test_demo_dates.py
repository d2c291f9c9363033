"""Loading of old data for a demo."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx


def items(client: httpx.Client, kind: str) -> list[dict[str, Any]]:
    return client.get(f"/v1/{kind}?limit=10000").json()["items"]


def test_demo_dates_end_yesterday(
    load_files: Callable[..., Any], serve: Callable[..., httpx.Client], database_url: str, tmp_path: Path
) -> None:
    before = datetime.now(UTC)
    goods, bought = tmp_path / "products.csv", tmp_path / "purchases.csv"
    goods.write_text("id,title,created_at\na,Tea,2016-12-31\nb,Soap,\nc,Unsold,\n")
    bought.write_text(
        "user_id,product_id,purchased_at\n"
        "u,a,2017-01-02T10:00:00Z\n"
        "u,b,2017-01-05T00:30:00Z\n"
        "u,b,2017-03-01T23:59:00Z\n"
        "u,d,2017-02-01T12:00:00Z\n"
    )
    loaded = load_files(database_url, demo_dates=True, products=goods, purchases=bought)
    client = serve(database_url=database_url)
    times = sorted(datetime.fromisoformat(one["purchased_at"]) for one in items(client, "purchases"))
    created = {one["id"]: one["created_at"] for one in items(client, "products")}
    yesterdays = {(at - timedelta(days=1)).date() for at in (before, datetime.now(UTC))}
    assert times[-1].date() in yesterdays
    assert (times[-1].hour, times[-1].minute) == (23, 59)
    assert times[-1] - times[0] == datetime(2017, 3, 1, 23, 59) - datetime(2017, 1, 2, 10)
    assert datetime.fromisoformat(created["b"]) == times[1]
    assert datetime.fromisoformat(created["d"]) == times[2]
    assert datetime.fromisoformat(created["a"]).date() == (times[0] - timedelta(days=2)).date()
    assert created["c"] is None
    assert f"the data end yesterday ({times[-1]:%Y-%m-%d})" in " ".join(loaded.output.split())
