"""Product texts and the embedding cache."""

import logging
import multiprocessing
import os
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.embedding import EmbeddingCache, Encoder, embed_texts, has_own_title, model_of, product_text
from indexer.embedding.cache import text_key
from indexer.embedding.cache_files import CacheNotWritable
from indexer.embedding.encoder import DEFAULT_MODEL, ModelUnavailable, load_encoder


class CountingModel:
    """Encodes a text as its length, and records the texts."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], **options: object) -> NDArray[np.float32]:
        self.seen += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


def encoder(model: CountingModel) -> Encoder:
    return Encoder("m", "1", 2, model)


def test_text_is_title_description_category_and_brand() -> None:
    text = product_text("7", "Penne  Rigate", "Durum\nwheat", "Pantry > Pasta", "Acme")
    assert text == "penne rigate; durum wheat; pantry > pasta; acme"


def test_title_equal_to_the_id_is_ignored() -> None:
    assert product_text("A 7", "A 7", None, None, "") == ""
    assert product_text("A 7", "A 7", None, "Pantry", None) == "pantry"


@pytest.mark.parametrize(
    ("id_", "text"),
    [
        ("whole milk", "whole milk"),
        ("Red Mug 24 cl large", "red mug 24 cl large"),
        ("coffee", "coffee"),
        ("B000123", ""),
        ("SKU-17-abc", ""),
        ("3f2b-beef-ad12", ""),
        ("茶葉蛋", "茶葉蛋"),
    ],
)
def test_name_that_is_an_id_is_text(id_: str, text: str) -> None:
    assert product_text(id_, id_, None, None, None) == text


def test_encoder_receives_new_texts_only(tmp_path: Path) -> None:
    first, second = CountingModel(), CountingModel()
    embed_texts(["a", "bb", "ccc"], encoder(first), EmbeddingCache(tmp_path, "m@1", 2))
    vectors = embed_texts(["ccc", "dddd", "a"], encoder(second), EmbeddingCache(tmp_path, "m@1", 2))
    assert sorted(first.seen) == ["a", "bb", "ccc"]
    assert second.seen == ["dddd"]
    assert vectors[:, 0].tolist() == [3, 4, 1]


def test_each_model_has_its_own_cache(tmp_path: Path) -> None:
    embed_texts(["a"], encoder(CountingModel()), EmbeddingCache(tmp_path, "m@1", 2))
    assert text_key("a") not in EmbeddingCache(tmp_path, "m@2", 2)
    assert text_key("a") in EmbeddingCache(tmp_path, "m@1", 2)


def test_altered_or_truncated_segment_is_embedded_again(tmp_path: Path) -> None:
    for number, damage in enumerate((lambda content: content[:-5], lambda content: content[:-1] + b"!")):
        root = tmp_path / str(number)
        embed_texts(["a", "bb"], encoder(CountingModel()), EmbeddingCache(root, "m@1", 2))
        (segment,) = root.rglob("*.npy")
        segment.write_bytes(damage(segment.read_bytes()))
        again = CountingModel()
        vectors = embed_texts(["a", "bb"], encoder(again), EmbeddingCache(root, "m@1", 2))
        assert sorted(again.seen) == ["a", "bb"]
        assert vectors[:, 0].tolist() == [1, 2]


def test_partial_file_of_a_killed_writer_is_ignored(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "m@1", 2)
    cache.add([text_key("a")], np.ones((1, 2), np.float32))
    (segment,) = tmp_path.rglob("*.npy")
    segment.with_suffix(".part").write_bytes(b"half")
    assert text_key("a") in EmbeddingCache(tmp_path, "m@1", 2)


def test_full_disk_is_reported_and_leaves_no_file(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "m@1", 2)
    cache.add([text_key("a")], np.ones((1, 2), np.float32))
    (segment,) = tmp_path.rglob("*.npy")
    part = segment.with_suffix(f".{socket.gethostname()}-{os.getpid()}.part")
    segment.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(CacheNotWritable, match="No space left on device"):
        EmbeddingCache(tmp_path, "m@1", 2).add([text_key("a")], np.ones((1, 2), np.float32))
    assert not list(tmp_path.rglob("*.npy"))
    assert not part.is_symlink()


def write_often(folder: Path) -> None:
    keys = [text_key(str(number)) for number in range(300)]
    for _ in range(60):
        EmbeddingCache(folder, "m@1", 2).add(keys, np.ones((300, 2), np.float32))


def test_concurrent_writers_of_one_segment_succeed(tmp_path: Path) -> None:
    """Two builds that start at the same time embed the same texts."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as writers:
        list(writers.map(write_often, [tmp_path] * 2))
    cache = EmbeddingCache(tmp_path, "m@1", 2)
    assert all(text_key(str(number)) in cache for number in range(300))
    assert not list(tmp_path.rglob("*.part"))


def test_segment_removed_by_another_indexer_is_ignored(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "m@1", 2)
    cache.add([text_key("a")], np.ones((1, 2), np.float32))
    (segment,) = tmp_path.rglob("*.npy")
    segment.with_name("gone.npy").symlink_to("nowhere")
    assert text_key("a") in EmbeddingCache(tmp_path, "m@1", 2)


def test_refresh_loads_segments_of_other_writers(tmp_path: Path) -> None:
    mine, theirs = EmbeddingCache(tmp_path, "m@1", 2), EmbeddingCache(tmp_path, "m@1", 2)
    mine.add([text_key("a")], np.full((1, 2), 1, np.float32))
    theirs.add([text_key("b")], np.full((1, 2), 2, np.float32))
    assert text_key("b") not in mine
    mine.refresh()
    assert mine.vectors([text_key("a"), text_key("b")])[:, 0].tolist() == [1, 2]


def test_partial_files_are_removed_after_a_day(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, "m@1", 2)
    cache.add([text_key("a")], np.ones((1, 2), np.float32))
    (segment,) = tmp_path.rglob("*.npy")
    young, old = segment.with_suffix(".young-1.part"), segment.with_suffix(".old-1.part")
    for path, age in ((young, 3_600), (old, 2 * 86_400)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    EmbeddingCache(tmp_path, "m@1", 2)
    assert young.exists()
    assert not old.exists()


def test_default_model_recognizes_similar_texts() -> None:
    model = load_encoder(DEFAULT_MODEL)
    assert model.dims == 384
    milk, yoghurt, screw = model.encode(["whole milk 1 l", "natural yoghurt", "wood screws 4 x 40 mm"])
    assert milk @ yoghurt > milk @ screw + 0.1


def test_loaded_libraries_print_through_our_log() -> None:
    load_encoder(DEFAULT_MODEL).encode(["milk"])
    for name in ("torch", "torch._subclasses.fake_tensor", "transformers"):
        logger = logging.getLogger(name)
        assert (logger.handlers, logger.propagate) == ([], True)


def test_missing_model_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no-such/model"):
        load_encoder("no-such/model")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelUnavailable, match="empty"):
        load_encoder(str(tmp_path / "empty"))


@pytest.mark.parametrize(
    ("title", "is_own"),
    [
        ("White mug", True),
        ("Mug 24", True),
        ("Saft 1l", True),
        ("牛奶", True),
        ("0412", False),
        ("C-12", False),
        ("B000123", False),
        ("", False),
        ("Pasta", False),
        ("pantry  >  pasta", False),
        ("PANTRY", False),
        ("Acme", False),
        ("Acme Pasta", True),
    ],
)
def test_title_of_a_product_is_more_than_code_category_or_brand(title: str, is_own: bool) -> None:
    assert has_own_title(title, "Pantry > Pasta", "Acme") is is_own


@pytest.mark.parametrize(
    ("title", "attributes", "model"),
    [
        ("Desktop PC2.33 XD233 Silver", {}, "desktop pc2.33 xd233"),
        ("V-neck sweater (1), Dark Gray", {}, "v neck sweater 1"),
        ("RED/WHITE SPOT BAG", {}, "spot bag"),
        ("Filament Hot Pink", {"Color": "Hot Pink"}, "filament"),
        ("Filament Hot Pink", {"Color": ["Hot", "Pink"]}, "filament"),
        ("None So Pretty", {"color": None}, "none so pretty"),
        ("Red Hot", {}, "hot"),
        ("Schal, dunkelblau", {}, "schal"),
        ("Rote Mütze", {"Farbe": "Bordeaux"}, "mütze"),
        ("Robe d'été noire", {}, "robe d'été"),
        ("Camisa roja", {}, "camisa"),
        ("Kırmızı kazak", {}, "kazak"),
        ("Black", {}, "black"),
        ("Mint tea", {"size": "mint"}, "mint tea"),
    ],
)
def test_model_is_the_title_without_its_color(title: str, attributes: dict[str, object], model: str) -> None:
    assert model_of(title, "Tops", "Acme", attributes) == (model, "Tops", "Acme")
    assert model_of(title, None, None, attributes) == (model, "", "")
