"""Compression of answers with gzip."""

import gzip
from collections.abc import Iterator

import httpx
import pytest

from service.http.middleware.compression import MIN_BYTES
from tests.support.builders.published_snapshots import shop
from tests.support.builders.served_shop import ServedShop, served_shop

SHORT, LONG = 1, 60
"""Numbers of items."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with served_shop(shop(), tmp_path_factory.mktemp("shop")) as running:
        yield running


def get(served: ServedShop, limit: int, accepted: str, **headers: str) -> httpx.Response:
    headers |= {"accept-encoding": accepted}
    return served.get("/v1/products/p1/similar", headers=headers, limit=limit, expand="product")


def test_long_answers_are_compressed_and_short_ones_are_not(served: ServedShop) -> None:
    for limit, compressed in ((SHORT, False), (LONG, True)):
        plain, packed = get(served, limit, ""), get(served, limit, "gzip")
        assert packed.headers.get("content-encoding") == ("gzip" if compressed else None)
        assert packed.content == plain.content
        assert (len(plain.content) >= MIN_BYTES) is compressed
        assert int(plain.headers["content-length"]) == len(plain.content)
        assert (int(packed.headers["content-length"]) < len(plain.content) / 2) is compressed
        assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True), ("GZIP", True), ("br, gzip;q=0.5", True), ("*", True), ("deflate, *;q=0.1", True),
        ("", False), ("identity", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.000, *", False),
        ("*;q=0", False), ("gzip;q=0, identity", False), ("xgzip", False),
    ],
)  # fmt: skip
def test_callers_weights_are_respected(served: ServedShop, accepted: str, compressed: bool) -> None:
    assert ("content-encoding" in get(served, LONG, accepted).headers) is compressed


def test_both_forms_share_a_weak_etag(served: ServedShop) -> None:
    plain, packed = get(served, LONG, ""), get(served, LONG, "gzip")
    etag = plain.headers["etag"]
    assert etag == packed.headers["etag"]
    assert etag.startswith('W/"')
    for accepted in ("", "gzip"):
        unchanged = get(served, LONG, accepted, **{"if-none-match": etag})
        assert (unchanged.status_code, unchanged.headers["etag"]) == (304, etag)
        assert unchanged.headers["vary"] == "accept-encoding"
    assert get(served, SHORT, "gzip").headers["etag"].startswith('"')


def test_every_long_answer_is_compressed(served: ServedShop) -> None:
    body = {"entries": [{"id": str(number), "user_id": "u0", "expand": "product"} for number in range(20)]}
    headers = {"authorization": f"Bearer {served.token()}", "accept-encoding": "gzip"}
    batch = served.client.post("/v1/recommendations/batch", json=body, headers=headers)
    assert (batch.status_code, batch.headers["content-encoding"]) == (207, "gzip")
    assert len(batch.json()["results"]) == 20
    document = served.client.get("/schema/openapi.json", headers=headers)
    assert document.headers["content-encoding"] == "gzip"


def test_documentation_files_are_kept_compressed(served: ServedShop) -> None:
    path = "/schema/assets/swagger-ui-bundle.js"
    plain, packed = (served.client.get(path, headers={"accept-encoding": each}) for each in ("", "gzip"))
    assert plain.content == packed.content
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, mtime=0))
    unchanged = served.client.get(path, headers={"if-none-match": packed.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
