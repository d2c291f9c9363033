"""What the kinds of interactions say about a shopper's taste."""

from collections.abc import Iterable, Mapping

from recommender.entities import Interaction

KIND_WEIGHTS: Mapping[str, float] = {"purchase": 1.0, "cart": 0.7, "click": 0.4, "view": 0.3}
"""How much one interaction of each kind counts beside a purchase of the same age: the less it cost the shopper to do,
the less it says (Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008, on
confidence). The numbers are a choice; no data set at hand could decide them."""


def strongest_kinds(interactions: Iterable[Interaction], product_ids: Iterable[str]) -> dict[str, str]:
    """For each of `product_ids` that there was something with: the kind that weighs most."""
    wanted = frozenset(product_ids)
    found: dict[str, str] = {}
    for interaction in interactions:
        product_id, kind = interaction.product_id, interaction.kind
        if product_id in wanted and (
            product_id not in found or KIND_WEIGHTS[kind] > KIND_WEIGHTS[found[product_id]]
        ):
            found[product_id] = kind
    return found
