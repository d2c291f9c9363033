"""The demo builds twice, so that the console can compare both builds."""

import csv
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from demo.builds import week_earlier
from demo.ports import reserved_ports
from demo.run import PREFERRED_PORTS
from indexer.embedding import EmbeddingCache, product_text
from indexer.embedding.cache import text_key
from indexer.embedding.encoder import DEFAULT_MODEL, load_encoder
from tests.integration.demo.running_demo import RunningDemo, published

SHOPPERS = 40
FIRST = datetime(2024, 5, 1, 9, tzinfo=UTC)


def write_purchases(file: Path) -> None:
    """Two months of shoppers who buy another product every 12 days."""
    with file.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(["user_id", "product_id", "title", "category", "purchased_at"])
        for shopper in range(SHOPPERS):
            shelf = ("tea", "paint")[shopper % 2]
            for place in range(6):
                product = (shopper // 2 + place) % 8
                at = FIRST + timedelta(days=12 * place, minutes=shopper)
                rows.writerow(
                    [f"s{shopper}", f"{shelf}{product}", f"{shelf} {product}", shelf, at.isoformat()]
                )


def embed_products(folder: Path) -> None:
    """Fills the demo's cache of embeddings, so that no build loads torch.

    The whole demo, which embeds its products, has a test of its own.
    """
    texts = [
        product_text(f"{shelf}{n}", f"{shelf} {n}", None, shelf, None)
        for shelf in ("tea", "paint")
        for n in range(8)
    ]
    encoder = load_encoder(DEFAULT_MODEL)
    cache = EmbeddingCache(
        folder / ".demo" / "embeddings", f"{encoder.name}@{encoder.revision}", encoder.dims
    )
    vectors = np.random.default_rng(1).normal(size=(len(texts), encoder.dims))
    cache.add([text_key(text) for text in texts], vectors.astype(np.float32))


def run(folder: Path, **settings: str) -> str:
    """Starts a demo and ends it once it waits. Returns its output."""
    write_purchases(folder / "purchases.csv")
    with reserved_ports(PREFERRED_PORTS):
        demo = RunningDemo(folder, "--purchases", "purchases.csv", **settings)
        try:
            demo.wait_until_up()
            return demo.output
        finally:
            demo.stop()


def delete_newest(folder: Path) -> None:
    """Leaves the snapshots as of a week ago, and makes the measured one live."""
    _, measured, newest = sorted(file.parent for file in folder.glob(".demo/*/snapshots/*/manifest.json"))
    shutil.rmtree(newest)
    (measured.parent / "CURRENT").write_text(measured.name)


def test_second_build_has_the_last_week_and_is_compared(tmp_path: Path) -> None:
    embed_products(tmp_path)
    output = run(tmp_path, INDEXER_GATE_MINIMUM_SHOPPERS="10")
    assert "cached=16" in output
    (waited_for, *_), (first, _), (second, _) = found = published(tmp_path)
    assert waited_for == first
    assert second - first >= timedelta(days=7)
    assert [measured for _, measured in found] == [False, True, True]
    assert output.index("/console") < output.index("Building again with the last week")
    said = " ".join(output.partition("Was the last build better? ")[2].split())
    assert said.startswith(
        ("Yes, it is better.", "No, it is worse.", "It is about as good as the one before.")
    )
    assert " of the build before" in said
    delete_newest(tmp_path)  # as if the demo had been ended during the second build
    again = run(tmp_path, INDEXER_GATE_MINIMUM_SHOPPERS="10")
    assert "A snapshot is already published." in again
    assert "Building again with the last week" in again
    assert "is measured first" not in again
    assert published(tmp_path)[-1] == (second, True)


@pytest.mark.parametrize(("days", "known"), [(27, False), (28, True)])
def test_week_is_left_out_of_four_weeks_or_more(tmp_path: Path, days: int, known: bool) -> None:
    last, database = FIRST + timedelta(days=days), tmp_path / "catalog.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE purchases (purchased_at INTEGER)")
        assert week_earlier(database) is None
        times = [(int(each.timestamp()) * 1_000_000,) for each in (last, FIRST)]
        connection.executemany("INSERT INTO purchases VALUES (?)", times)
        connection.commit()
    assert week_earlier(database) == (last - timedelta(days=7) if known else None)
