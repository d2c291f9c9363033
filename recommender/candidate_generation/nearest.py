"""Candidates from the item index."""

from recommender.arrays import FloatVector, Rows
from recommender.entities import History
from recommender.snapshot import Snapshot


def query_vector(snapshot: Snapshot, history: History) -> FloatVector:
    """The history in the space of the item vectors.

    u = Σ_j ŵ_j P_j, shape (dims,).

    With B ≈ P Qᵀ, ⟨u, Q_i⟩ approximates Σ_j ŵ_j B_ji, the score of a linear item-item model
    (Ning and Karypis, "SLIM", ICDM 2011; Steck, "EASE", WWW 2019).
    """
    return snapshot.model.query_vector(history.rows, history.weights)


def nearest_items(snapshot: Snapshot, query: FloatVector, history: History, beyond: int = 0) -> Rows:
    """Rows with the largest inner product with the query vector, best first.

    Requests one more per product of the history, and `beyond` more for items on earlier pages, because filters remove
    them afterwards.
    """
    parameters = snapshot.parameters
    count = parameters.nearest + len(history.rows) + beyond
    return snapshot.index.nearest(query, count, parameters.search_k_for(len(history.rows)))
