"""A text encoder's model that is loaded when the first text is embedded."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_READABLE_LAYOUTS = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])


class LazyModel:
    """Loads a sentence-transformers model on first use.

    Importing torch takes seconds, and a build whose texts are all cached embeds nothing.
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        """Keeps `load`, which returns the loaded SentenceTransformer."""
        self._load = load
        self._model: Any = None

    def encode(self, texts: Sequence[str], **options: Any) -> Any:  # noqa: ANN401 - as the model's own method
        """Embeddings of `texts`, as `SentenceTransformer.encode` returns them.

        Raises:
            indexer.embedding.encoder.ModelUnavailable: the model cannot be loaded.
        """
        if self._model is None:
            self._model = self._load()
        return self._model.encode(texts, **options)


def embedding_length(folder: Path) -> int | None:
    """Length of the embeddings of the model in `folder`, read from its files.

    None if the files do not state it. Only the loaded model knows it then.
    """
    try:
        modules = json.loads((folder / "modules.json").read_bytes())
        kinds = [module["type"].rpartition(".")[2] for module in modules]
        if kinds not in _READABLE_LAYOUTS:
            return None
        pooling = json.loads((folder / modules[1]["path"] / "config.json").read_bytes())
        length = pooling.get("embedding_dimension", pooling.get("word_embedding_dimension"))
        return int(length) if length and _pools_once(pooling) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _pools_once(pooling: dict[str, Any]) -> bool:
    """True if pooling has one mode. Each further mode makes embeddings longer."""
    mode = pooling.get("pooling_mode")
    flags = [value for name, value in pooling.items() if name.startswith("pooling_mode_")]
    return isinstance(mode, str) if mode is not None else sum(map(bool, flags)) == 1
