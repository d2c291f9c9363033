"""The pages that compare two snapshots, and their states."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest

from adapters.snapshots import SnapshotVolume
from tests.support.builders.console_shop import ConsoleShop, console_shop
from tests.support.builders.copied_snapshots import publish_copy
from tests.support.builders.published_snapshots import shop

COMPARE = "/console/snapshots/compare"
PART = {"x-fragment": "1"}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleShop]:
    with console_shop(tmp_path_factory.mktemp("console")) as running:
        running.served.components.facts.comparison.other_versions.wait_seconds = (
            60.0  # However slow the machine is.
        )
        running.served.publish(catalog=shop(seed=2))
        running.sign_in()
        yield running


def text_of(console: ConsoleShop, path: str, status: int = 200, **options: object) -> str:
    answer = console.get(path, **options)
    assert answer.status_code == status, answer.text
    assert not re.search(r"<style|<script(?![^>]* src=)|\son[a-z]+=|\sstyle=", answer.text)
    return str(answer.text)


def test_list_leads_to_the_comparison(console: ConsoleShop) -> None:
    old, new = console.served.versions
    listed = text_of(console, "/console/snapshots")
    address = f"{COMPARE}?a={old}&amp;b={new}"
    assert listed.count(address) == 2  # Beside the verdict and in the table.
    assert "That is not known yet." in listed
    page = text_of(console, COMPARE)
    assert re.findall(r'<option value="([^"]+)" selected', page) == [old, new]
    # Two builds of one minute have different names.
    assert len(re.findall(r"<option[^>]*>[^<]+:\d\d:\d\d UTC", page)) == 4
    assert f'data-address="{COMPARE}/changes?a={old}&amp;b={new}"' in page


def test_version_that_is_not_live_is_compared_with_the_one_before(console: ConsoleShop) -> None:
    volume, (old, _) = SnapshotVolume(console.served.folder / "snapshots"), console.served.versions
    oldest = publish_copy(volume.directory(old), volume, 3)
    page = text_of(console, f"{COMPARE}?b={old}")
    assert re.findall(r'<option value="([^"]+)" selected', page) == [oldest, old]
    rmtree(volume.directory(oldest))


def test_shopper_has_both_pages_side_by_side_with_marked_moves(console: ConsoleShop) -> None:
    old, new = console.served.versions
    page = text_of(console, f"{COMPARE}?user_id=u3")
    sides = re.findall(r'<section class="one-page".*?</section>', page, re.DOTALL)
    pages = console.served.components.facts.comparison
    with console.served.client.portal() as portal:
        found = portal.call(pages.compare, old, new, "u3").examples[0]
    for side, items, version in zip(sides, (found.a, found.b), (old, new), strict=True):
        assert version in side
        assert all(f"#{one.product.product_id}<" in side for one in items)  # Titles may be equal.
        assert re.findall(r'href="/console/products/([^"]+)"', side) == [
            one.product.product_id for one in items
        ]
        assert re.findall(r'<li class="([a-z]+)"', side) == [one.move for one in items]
    assert f"{found.changed} of 20 products are new on this page." in page
    assert sides[1].count(">new</span>") == sides[0].count(">gone</span>") == found.changed


@pytest.mark.parametrize("headers", [{}, PART])
def test_sample_says_how_many_products_change_and_where(
    console: ConsoleShop, headers: dict[str, str]
) -> None:
    text = text_of(console, f"{COMPARE}/changes", headers=headers)
    assert ("<html" in text) == (not headers)
    assert len(re.findall(r"<title>Place \d+: another product for \d+% of shoppers</title>", text)) == 20
    assert len(re.findall(r"<title>\d+ of 20 products changed: \d+ shoppers</title>", text)) == 21
    old, new = console.served.versions
    assert f"{COMPARE}?a={old}&amp;b={new}&amp;user_id=" in text
    assert "Bakery" in text
    assert "Trending" in text


def test_states_have_a_next_step(console: ConsoleShop) -> None:
    missing = "20200101T000000000Z-00000000"
    new = console.served.versions[1]
    for query, status, words in (
        (f"a={missing}&user_id=u3", 404, ("Unknown snapshot", "(not published)")),
        ("user_id=nobody", 404, ("Unknown shopper", "Compare a sample of shoppers")),
        ("user_id=a/b", 404, ("Unknown shopper",)),
        (f"a={new}&b={new}&user_id=u3", 200, ("the same version",)),
    ):
        text = text_of(console, f"{COMPARE}?{query}", status)
        assert all(word in text for word in words), query
        assert "<form" in text
    equal = text_of(console, f"{COMPARE}?a={new}&b={new}")
    assert ("the same version" in equal, "<late-fragment" in equal) == (True, False)
    gone = console.get(f"{COMPARE}/changes?a={missing}", headers=PART)
    assert (gone.status_code, "Unknown snapshot" in gone.text) == (404, True)


def test_part_that_has_to_wait_says_for_how_long(console: ConsoleShop) -> None:
    volume = SnapshotVolume(console.served.folder / "snapshots")
    version = publish_copy(volume.directory(console.served.versions[0]), volume, 3)
    others = console.served.components.facts.comparison.other_versions
    others.wait_seconds = 0.0
    answer = console.get(f"{COMPARE}/changes?a={version}", headers=PART)
    page = text_of(console, f"{COMPARE}?a={version}&user_id=u3", 503)
    others.wait_seconds = 60.0
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert "Snapshot is being opened" in answer.text
    assert "Try again" in page
    assert text_of(console, f"{COMPARE}?a={version}&user_id=u3")
    rmtree(volume.directory(version))


def test_page_works_without_and_with_one_snapshot(tmp_path: Path) -> None:
    with console_shop(tmp_path, published=False) as empty:
        empty.sign_in()
        assert "Nothing to compare yet" in text_of(empty, COMPARE)
        assert "There is no snapshot yet" in text_of(empty, f"{COMPARE}/changes", 503)
        empty.served.publish()
        alone = text_of(empty, COMPARE)
        assert "One usable version is published." in alone
        assert '<form class="compare-form"' not in alone
        assert "the same version" in text_of(empty, f"{COMPARE}/changes")
