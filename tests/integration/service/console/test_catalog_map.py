"""The map of the catalog in the console's API."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest

from adapters.snapshots import SnapshotVolume, open_snapshot
from service.console.facts.catalog_map import CELLS, NO_GROUP
from tests.support.builders.console_shop import ConsoleShop, console_shop
from tests.support.builders.published_snapshots import KEY, shop
from tests.support.builders.served_shop import ServedShop, served_shop

MAP, PRODUCTS = "/v1/console/map", "/v1/console/map/products"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    catalog = shop()
    catalog.product_list[7] = msgspec.structs.replace(catalog.product_list[7], category=None)
    with served_shop(catalog, tmp_path_factory.mktemp("shop")) as running:
        yield running


def decoded(answer: httpx.Response) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray]:
    """The head, x, y and groups."""
    length = int.from_bytes(answer.content[:4], "little")
    head = json.loads(answer.content[4 : 4 + length])
    columns = np.frombuffer(answer.content, np.uint8, offset=4 + length).reshape(6, head["placed"])
    cells, groups = (
        np.ascontiguousarray(part.T).view(kind)[:, 0].astype(int)
        for part, kind in ((columns[:4], "<u4"), (columns[4:], "<u2"))
    )
    x, y = (axis / (CELLS - 1) * 2 - 1 for axis in np.divmod(np.cumsum(cells), CELLS))
    return head, x, y, groups


def test_map_has_places_and_groups_of_all_products(served: ServedShop) -> None:
    answer = served.get(MAP)
    assert answer.status_code == 200
    found = answer.json()
    snapshot = served.components.live.serving.snapshot
    assert found["version"] == snapshot.version
    assert snapshot.catalog_map is not None
    for axis, expected in (("x", snapshot.catalog_map.x), ("y", snapshot.catalog_map.y)):
        values = np.array(found[axis], dtype=float)
        assert np.allclose(values, expected, atol=1e-4, equal_nan=True)
    assert [group["name"] for group in found["groups"]] == ["Garden", "Bakery"]
    rows = snapshot.lookup.find(["p7", "p3", "p40"]).tolist()
    assert [found["group"][row] for row in rows] == [None, 1, 0]
    assert served.get(MAP, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_page_loads_the_map_as_columns(signed_in: ConsoleShop) -> None:
    served = signed_in.served
    page = signed_in.get("/console/map")
    version = served.components.live.serving.manifest.version
    assert page.status_code == 200
    assert f'data-version="{version}"' in page.text
    head, x, y, groups = decoded(signed_in.get(f"/console/map/columns?version={version}"))
    found = json.loads(asyncio.run(served.components.facts.catalog_map.view())[1])
    assert (head["version"], head["groups"]) == (version, found["groups"])
    encoded = asyncio.run(served.components.facts.catalog_map.encoded())
    rows = encoded.rows
    placed = [row for row, value in enumerate(found["x"]) if value is not None]
    assert sorted(rows.tolist()) == placed
    for axis, values in (("x", x), ("y", y)):
        assert np.allclose(values, [found[axis][row] for row in rows], atol=2e-4)
    assert [None if group == NO_GROUP else group for group in groups] == [found["group"][row] for row in rows]
    assert (encoded.places[rows] == np.arange(len(rows))).all()


def test_page_asks_for_products_of_the_map_that_it_shows(signed_in: ConsoleShop) -> None:
    version = signed_in.served.components.live.serving.manifest.version
    path = f"/console/map/products?version={version}"
    one = signed_in.get(f"{path}&product=p3").json()["products"][0]
    assert one["product"]["product_id"] == "p3"
    assert signed_in.get(f"{path}&places={one['place']},999999").json()["products"] == [one]
    assert one in signed_in.get(f"{path}&words=thing+3").json()["products"]
    for query in ("", "&places=x", "&places=" + "1," * 100 + "1", "&words=" + "x" * 101):
        assert signed_in.get(path + query).status_code == 422
    for other in ("columns?version=other", "products?version=other&words=thing", "products?words=thing"):
        assert signed_in.get(f"/console/map/{other}").status_code == 409


def test_page_says_why_there_is_no_map(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as console:
        console.sign_in()
        assert "There is no snapshot yet" in console.get("/console/map").text
        console.served.publish()
        without_map(console.served)
        page = console.get("/console/map")
        assert page.status_code == 200
        assert "was built by a release that did not lay out a map" in page.text


def without_map(served: ServedShop) -> None:
    """Serves the last snapshot as if an earlier release had built it."""
    manifest, snapshot = open_snapshot(
        SnapshotVolume(served.folder / "snapshots").directory(served.versions[-1]), [KEY]
    )
    other = "20200101T000000000Z-00000000"
    served.components.live.swap(
        msgspec.structs.replace(manifest, version=other), replace(snapshot, version=other, catalog_map=None)
    )


def test_products_are_found_by_row_words_and_id(served: ServedShop) -> None:
    version = served.components.live.serving.manifest.version
    by_words = served.get(PRODUCTS, words="THING bak").json()
    assert len(by_words["products"]) == 30
    assert by_words["complete"]
    one = served.get(PRODUCTS, product_id="p41").json()["products"][0]
    assert one["product"]["title"] == "Garden thing 41"
    found = served.get(PRODUCTS, rows=f"{one['row']},999999", version=version).json()["products"]
    assert found == [one]
    assert served.get(PRODUCTS, product_id="unknown").json()["products"] == []
    assert served.get(PRODUCTS, words="garden bakery").json()["products"] == []


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"rows": "1", "words": "a"}, 422),
        ({"rows": "1,,2"}, 422),
        ({"rows": ",".join(["1"] * 101)}, 422),
        ({"words": ""}, 422),
        ({"rows": "1", "version": "20200101T000000000Z-00000000"}, 409),
    ],
)
def test_unusable_questions_are_refused(served: ServedShop, parameters: dict[str, str], status: int) -> None:
    assert served.get(PRODUCTS, **parameters).status_code == status


def test_map_needs_the_scope_of_staff(served: ServedShop) -> None:
    token = served.token(scope="recommendations:read.any profiles:read.any")
    assert [served.get(path, token=token).status_code for path in (MAP, PRODUCTS)] == [403, 403]


def test_snapshot_of_an_earlier_release_says_that_it_has_no_map(served: ServedShop) -> None:
    without_map(served)
    answer = served.get(MAP)
    served.take_over(served.versions[-1])
    assert answer.status_code == 404
    assert answer.json()["type"].endswith(":no-map")
    assert "The next build" in answer.json()["detail"]
