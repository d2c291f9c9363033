"""Two snapshots, compared on the pages of shoppers."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.snapshots import open_snapshot
from adapters.snapshots.remote.bucket import Bucket
from adapters.snapshots.remote.object_storage import ObjectStorage
from tests.support.builders.console_shop import full_queue
from tests.support.builders.copied_snapshots import publish_copy
from tests.support.builders.published_snapshots import KEY, publish, shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.builders.storage.slow_volume import SlowVolume
from tests.support.servers.relay import Relay

NOW = 1_767_312_000.0  # a day after the last purchase
COMPARE = "/v1/console/snapshots/compare"
MISSING = "20200101T000000000Z-00000000"
LISTS = ("popular", "trending", "new-arrivals")


@dataclass
class Changed:
    """A shop with two versions, and what the API answered from each.

    Attributes:
        served: the shop. The second version is live.
        volume: its storage.
        pages: product ids of the first page by shopper, from the first and from the second version.
        lists: those of the lists for everyone.
    """

    served: ServedShop
    volume: SlowVolume
    pages: dict[str, list[list[str]]] = field(default_factory=dict)
    lists: dict[str, list[list[str]]] = field(default_factory=dict)

    def read(self) -> None:
        """Reads all pages from the live version."""
        for number in range(40):
            page = self.served.ids(f"/v1/users/u{number}/recommendations", limit=20)
            self.pages.setdefault(f"u{number}", []).append(page)
        for name in LISTS:
            self.lists.setdefault(name, []).append(self.served.ids(f"/v1/{name}", limit=20))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    folder = tmp_path_factory.mktemp("shop")
    volume = SlowVolume(folder / "snapshots")
    with served_shop(shop(), folder, now=NOW, overrides={"snapshot_storage": volume}) as running:
        running.components.facts.comparison.other_versions.wait_seconds = 60.0  # However slow the machine is.
        found = Changed(running, volume)
        found.read()
        # Profiles are as before, and what others buy with them is not.
        running.publish(catalog=shop(seed=2))
        found.read()
        yield found


@pytest.fixture
def served(changed: Changed) -> ServedShop:
    return changed.served


@pytest.fixture
def copy(changed: Changed) -> Iterator[Callable[..., str]]:
    """Publishes the live version again, as one of an earlier day.

    Removes it after the test.
    """
    copies = []

    def publish_one(days: int, change: Callable[[bytes], bytes] = bytes) -> str:
        live = changed.volume.directory(changed.served.versions[-1])
        copies.append(publish_copy(live, changed.volume, days, change))
        return copies[-1]

    yield publish_one
    for version in copies:
        shutil.rmtree(changed.volume.directory(version), ignore_errors=True)


def compared(served: ServedShop, **parameters: str) -> dict[str, Any]:
    answer = served.get(COMPARE, **parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sample(served: ServedShop, max_seconds: float = 60.0) -> dict[str, Any]:
    """The changes for all shoppers, however slow the machine is."""
    comparison = replace(served.components.facts.comparison, max_seconds=max_seconds)
    with served.client.portal() as portal:
        found: dict[str, Any] = msgspec.json.decode(
            msgspec.json.encode(portal.call(comparison.compare, None, None))
        )
    return found


def test_pages_of_a_shopper_are_those_of_the_api_with_their_moves(changed: Changed) -> None:
    old, new = changed.served.versions
    found = compared(changed.served, a=old, b=new, user_id="u3")
    (pages,) = found["examples"]
    assert [[item["product"]["product_id"] for item in pages[side]] for side in "ab"] == changed.pages["u3"]
    before, after = changed.pages["u3"]
    for page, items in ((after, pages["a"]), (before, pages["b"])):
        other = {product_id: place for place, product_id in enumerate(page, start=1)}
        for place, item in enumerate(items, start=1):
            assert (item["place"], item["other_place"]) == (place, other.get(item["product"]["product_id"]))
    for item in pages["b"]:
        was = item["other_place"] or 0
        expected = (
            "new" if not was else "up" if item["place"] < was else "down" if item["place"] > was else "same"
        )
        assert item["move"] == expected
    assert {item["move"] for item in pages["a"] if item["other_place"] is None} == {"gone"}
    assert pages["changed"] == found["changed"] == len(set(after) - set(before)) > 0
    assert (found["sampled"], found["shoppers"], found["complete"]) == (1, 1, True)
    assert "thing" in pages["b"][0]["product"]["title"]
    assert compared(changed.served, user_id="u3") == found
    turned = compared(changed.served, a=new, b=old, user_id="u3")["examples"][0]
    assert [turned["a"][0]["product"], turned["b"][0]["product"]] == [
        pages[side][0]["product"] for side in "ba"
    ]


def test_sample_says_how_many_items_change_and_where(changed: Changed) -> None:
    changed.served.for_you("nobody")
    answers = changed.served.count("recommender.answers", scenario="for-you", strategy="personalised")
    found = sample(changed.served)
    assert changed.served.count("recommender.answers", scenario="for-you", strategy="personalised") == answers
    assert [found["a"], found["b"]] == changed.served.versions
    assert (found["shoppers"], found["complete"], found["page_size"]) == (40, True, 20)
    pages = changed.pages.values()
    counts = {user_id: len(set(b) - set(a)) for user_id, (a, b) in changed.pages.items()}
    assert found["changed"] == pytest.approx(sum(counts.values()) / 40, abs=1e-3)
    assert found["by_changes"] == [list(counts.values()).count(number) for number in range(21)]
    assert found["same_pages"] == pytest.approx(sum(a == b for a, b in pages) / 40, abs=1e-4)
    assert found["by_place"][0] == pytest.approx(sum(a[0] != b[0] for a, b in pages) / 40, abs=1e-4)
    assert [example["changed"] for example in found["examples"]] == sorted(counts.values(), reverse=True)[:5]
    for example in found["examples"]:
        shown = [[item["product"]["product_id"] for item in example[side]] for side in "ab"]
        assert shown == changed.pages[example["user_id"]]
    half = {one["name"]: one for one in found["by_category"]}
    for side, name in enumerate("ab"):
        listed = [int(product_id[1:]) < 30 for page in pages for product_id in page[side]]
        assert half["Bakery"][name] == pytest.approx(sum(listed) / 40, abs=1e-3)
    for each, (before, after) in zip(found["lists"], changed.lists.values(), strict=True):
        assert (each["changed"], each["items"]) == (len(set(after) - set(before)), len(after))
    cut_off = sample(changed.served, 0.0)
    assert (cut_off["sampled"], cut_off["complete"]) == (40, False)
    assert 0 < cut_off["shoppers"] < 40


def test_same_version_twice_changes_nothing(served: ServedShop) -> None:
    old, new = served.versions
    for version in (old, new):
        found = compared(served, a=version, b=version, user_id="u3")
        assert (found["changed"], found["same_pages"], sum(found["by_place"])) == (0, 1, 0)
    assert compared(served, b=old, user_id="u3")["a"] == old  # There is none before the oldest.


@pytest.mark.parametrize(
    ("parameters", "status", "slug"),
    [
        ({"a": MISSING}, 404, "unknown-snapshot"),
        ({"b": "../../etc"}, 404, "unknown-snapshot"),
        ({"user_id": "nobody"}, 404, "unknown-shopper"),
        ({"user_id": ""}, 422, "invalid-request"),
    ],
)
def test_unknown_versions_and_shoppers_are_named(
    served: ServedShop, parameters: dict[str, str], status: int, slug: str
) -> None:
    answer = served.get(COMPARE, **parameters)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, slug)
    assert next(iter(parameters.values())) in answer.json()["detail"]


def test_token_of_a_shopper_compares_nothing(served: ServedShop) -> None:
    shopper = served.token(sub="u3", scope="recommendations:read profiles:read events:write")
    assert served.get(COMPARE, token=shopper, user_id="u3").status_code == 403


def test_comparisons_and_audiences_wait_in_one_queue(served: ServedShop) -> None:
    with full_queue(served):
        refused = served.get(COMPARE, user_id="u3")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3")
    assert refused.json()["type"].endswith(":overloaded")
    assert compared(served, user_id="u3")["shoppers"] == 1


def mapped(version: str) -> bool:
    """True if this process has files of the version mapped."""
    return version in Path("/proc/self/maps").read_text()


def test_version_that_opens_slowly_is_opened_once_and_released(
    changed: Changed, copy: Callable[..., str]
) -> None:
    served, volume = changed.served, changed.volume
    others, first, second, third = (
        served.components.facts.comparison.other_versions,
        copy(3),
        copy(2),
        copy(1),
    )
    volume.opened.clear()
    volume.ready.clear()
    others.wait_seconds = 0.01
    for version in (first, first, second, third):
        answer = served.get(COMPARE, a=version, user_id="u3")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert answer.json()["type"].endswith(":snapshot-opening")
    volume.ready.set()
    others.wait_seconds = 60.0
    assert compared(served, a=first, b=second, user_id="u3")["a"] == first
    assert volume.opened == [first, second]  # No third one before they are open.
    others.kept_seconds = 0.0
    compared(served, a=second, b=third, user_id="u3")
    others.kept_seconds = 30.0
    assert volume.opened == [first, second, third]
    assert [mapped(version) for version in (first, second, third)] == [False, True, False]


@pytest.mark.parametrize(
    ("damage", "change", "status", "reason"),
    [
        (lambda folder: (folder / "trend.npy").write_bytes(b"altered"), bytes, 409, "trend.npy"),
        (shutil.rmtree, bytes, 404, "no snapshot"),
        (str, lambda manifest: re.sub(rb'(format_version": )\d+', rb"\g<1>2", manifest), 409, "format 2"),
    ],
)
def test_unusable_versions_are_refused_with_the_reason(
    changed: Changed,
    copy: Callable[..., str],
    damage: Callable[[Path], object],
    change: Callable[[bytes], bytes],
    status: int,
    reason: str,
) -> None:
    version = copy(1, change)
    damage(changed.volume.directory(version))
    answer = changed.served.get(COMPARE, a=version, user_id="u3")
    assert (answer.status_code, reason in answer.json()["detail"]) == (status, True), answer.text
    assert changed.served.for_you("u3").status_code == 200


def test_versions_in_object_storage_are_fetched_beside_the_live_one(
    bucket_url: str, relay: Relay, tmp_path: Path
) -> None:
    bucket, root, catalog = Bucket(bucket_url, retries=False), tmp_path / "pod", shop()
    pod, indexer = ObjectStorage(bucket, root), ObjectStorage(bucket, tmp_path / "indexer")
    built = tmp_path / "snapshots" / publish(catalog, tmp_path).version
    first, second, live = (publish_copy(built, indexer, days) for days in (3, 2, 1))
    with served_shop(
        catalog, tmp_path, now=NOW, published=False, overrides={"snapshot_storage": pod}
    ) as running:
        running.components.facts.comparison.other_versions.wait_seconds = 60.0
        running.components.live.swap(*open_snapshot(pod.local(live, [KEY]).directory, [KEY]))
        assert compared(running, a=first, user_id="u3")["a"] == first
        assert sorted(path.name for path in root.iterdir() if path.is_dir()) == [live]
        relay.fail()
        answer = running.get(COMPARE, a=second, user_id="u3")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["type"].endswith(":snapshots-unreachable")
        assert compared(running, a=live, user_id="u3")["shoppers"] == 1  # Nothing is fetched.
