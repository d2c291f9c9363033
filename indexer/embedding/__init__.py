"""Product texts and their embeddings. Each distinct text is embedded once per model."""

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embedder import Embedder
from indexer.embedding.encoder import Encoder, load_encoder
from indexer.embedding.missing_texts import embed_texts
from indexer.embedding.product_texts import has_own_title, model_of, product_text
from indexer.embedding.shards import Shard

__all__ = [
    "Embedder",
    "EmbeddingCache",
    "Encoder",
    "Shard",
    "embed_texts",
    "has_own_title",
    "load_encoder",
    "model_of",
    "product_text",
]
