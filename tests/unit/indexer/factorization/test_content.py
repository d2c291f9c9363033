"""Content embeddings are centered, and whitened by their principal components."""

import numpy as np
import pytest

from indexer.factorization.content import Content
from tests.support.builders.shops.random_purchases import (
    DIMS,
)


def test_embeddings_are_centered_by_the_catalog_mean() -> None:
    embeddings = np.random.default_rng(1).normal(size=(3, DIMS)).astype(np.float32) + 10
    content = Content.of(embeddings, np.array([0, 1, 1, 2, -1], dtype=np.int32))
    vectors = content.of_products(np.arange(5))
    np.testing.assert_allclose(np.linalg.norm(vectors[:4], axis=1), 1, rtol=1e-5)
    assert not vectors[4].any()
    centered = embeddings - embeddings[[0, 1, 1, 2]].mean(axis=0)
    assert vectors[0] @ centered[0] == pytest.approx(float(np.linalg.norm(centered[0])), rel=1e-4)


def test_whitening_equalizes_variances_and_keeps_missing_text_at_zero() -> None:
    generator = np.random.default_rng(2)
    stretched = generator.normal(size=(4000, 3)).astype(np.float32) * np.array([4, 2, 1], dtype=np.float32)
    content = Content.of(stretched, np.append(np.arange(4000), -1).astype(np.int32))
    variances = []
    for exponent in (0.0, 0.25, 0.5):
        whitened = content.whitened(exponent)
        assert not whitened.of_products(np.array([4000])).any()
        np.testing.assert_allclose(np.linalg.norm(whitened.vectors[:-1], axis=1), 1, rtol=1e-5)
        covariance = np.linalg.eigvalsh(np.cov(whitened.vectors[:-1].T))
        variances.append(covariance.max() / covariance.min())
        if exponent == 0:  # a rotation: no cosine changes
            np.testing.assert_allclose(
                whitened.vectors[:9] @ whitened.vectors[:9].T,
                content.vectors[:9] @ content.vectors[:9].T,
                atol=1e-5,
            )
    assert variances[0] > 1.5 * variances[1] > 1.5**2 * variances[2]
    assert variances[2] < 2  # not 1: lengths are made equal once more


@pytest.mark.parametrize("texts", [0, 1, 2])
def test_whitening_of_few_texts_is_finite(texts: int) -> None:
    content = Content.of(np.eye(2, DIMS, dtype=np.float32)[:texts], np.arange(texts, dtype=np.int32))
    assert np.isfinite(content.whitened(0.5).vectors).all()
