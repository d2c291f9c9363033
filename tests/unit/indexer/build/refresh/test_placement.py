"""Places of new products among the learned ones."""

from dataclasses import replace

import numpy as np

from indexer.build.refresh.changes import ChangedProducts
from indexer.build.refresh.placement import place
from indexer.factorization.content import Content
from indexer.factorization.popularity import append_dimension
from indexer.sources import ProductRows
from tests.support.builders.small_snapshots import random_weights, snapshot_of


def test_new_product_adds_popularity_as_after_a_build_and_is_not_popular() -> None:
    plain = snapshot_of(random_weights(6), rank=3)
    shares = np.linspace(0.6, 0.1, 6).astype(np.float32)
    queries, items = append_dimension(plain.query_vectors, plain.item_vectors, shares)
    popular = replace(
        plain,
        query_vectors=queries,
        item_vectors=items,
        parameters=replace(plain.parameters, popularity_dimensions=1),
    )
    changes = ChangedProducts(ProductRows(), np.array([*range(6), -1], np.int32), np.zeros(7, np.bool_), 0)
    vectors = np.random.default_rng(1).normal(size=(6, 4)).astype(np.float32)
    content = Content.of(vectors, [*range(6), 2])
    without, found = (place(snapshot, changes, content) for snapshot in (plain, popular))
    new = without.order.tolist().index(6)
    histories = np.array([0, 5, new])
    added = found.query_vectors[histories] @ found.item_vectors.T
    added -= without.query_vectors[histories] @ without.item_vectors.T
    expected = [*shares, 0]
    np.testing.assert_allclose(added, [expected] * 3, atol=1e-6)
