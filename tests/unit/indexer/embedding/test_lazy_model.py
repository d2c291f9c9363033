"""The text encoder is loaded when the first text is embedded."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.embedding import Embedder, Encoder, load_encoder
from indexer.embedding.encoder import DEFAULT_MODEL
from indexer.embedding.lazy_model import LazyModel, embedding_length

MEAN = {"word_embedding_dimension": 8, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}


def model_folder(folder: Path, pooling: dict[str, Any], *more: str) -> Path:
    kinds = ["Transformer", "Pooling", *more]
    modules = [{"type": f"sentence_transformers.models.{kind}", "path": kind} for kind in kinds]
    (folder / "Pooling").mkdir()
    (folder / "Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "modules.json").write_text(json.dumps(modules))
    return folder


@pytest.mark.parametrize("pooling", [MEAN, {"embedding_dimension": 8, "pooling_mode": "cls"}])
def test_length_of_embeddings_is_read_from_files(tmp_path: Path, pooling: dict[str, Any]) -> None:
    assert embedding_length(model_folder(tmp_path, pooling, "Normalize")) == 8


@pytest.mark.parametrize(
    ("pooling", "more"),
    [
        (MEAN, ["Dense"]),
        (MEAN | {"pooling_mode_max_tokens": True}, []),
        ({"embedding_dimension": 8, "pooling_mode": ["cls", "max"]}, []),
        ({"pooling_mode": "cls"}, []),
        ([], []),
    ],
)
def test_length_of_unusual_models_is_left_to_the_library(
    tmp_path: Path, pooling: dict[str, Any], more: list[str]
) -> None:
    assert embedding_length(model_folder(tmp_path, pooling, *more)) is None


def test_length_of_a_folder_without_model_is_unknown(tmp_path: Path) -> None:
    assert embedding_length(tmp_path) is None


class Model:
    def encode(self, texts: Sequence[str], **options: Any) -> NDArray[np.float32]:
        return np.ones((len(texts), 2), np.float32)


def test_model_is_loaded_once_and_only_for_new_texts(tmp_path: Path) -> None:
    loaded: list[Model] = []

    def load() -> Model:
        loaded.append(Model())
        return loaded[-1]

    def embed(*texts: str) -> None:
        Embedder(lambda: Encoder("m", "1", 2, model), tmp_path).embed(texts)

    model = LazyModel(load)
    embed("green tea")
    embed("green tea", "black tea")
    assert len(loaded) == 1
    model = LazyModel(load)
    embed("green tea", "black tea")
    assert len(loaded) == 1


def test_packaged_model_is_lazy() -> None:
    encoder = load_encoder(DEFAULT_MODEL)
    assert encoder.dims == 384
    assert isinstance(encoder.model, LazyModel)
