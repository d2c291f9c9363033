"""Product texts and their embeddings: each distinct text once, and never again until the model changes."""

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.encoder import Encoder, load_encoder
from indexer.embedding.stage import embed_texts
from indexer.embedding.text import product_text

__all__ = ["EmbeddingCache", "Encoder", "embed_texts", "load_encoder", "product_text"]
