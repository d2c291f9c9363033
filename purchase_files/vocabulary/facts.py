"""Words in the names of columns of facts about shoppers, orders and periods."""

import re

from purchase_files.vocabulary.names import plain, ranks_of_name

_WORDS = re.compile(r"[^\W\d_]+?(?=[A-Z][a-z]|[\W\d_]|$)")
_WORDS_OF_FACTS = """
    recency frequency frequence monetary rfm score scores segment cluster age income birth gender tenure weight
    weights length lenght height width depth size rating ratings review reviews avg average mean median min max std
    num number count counts nb year years days months spend spent spending rate ratio pct percent percentage share
    price cost revenue profit margin stock photos qty latitude longitude lat lng lon zip ltv clv value balance points
    visits clicks target label churn flag response complain accepted rank index discount tax volume channel
    users customers sessions pageviews impressions transactions orders purchases conversion conversions bounce total
    subtotal mnt net neto netto gross bruto brutto iva vat mwst tva btw payment pago pagamento paiement
    region store branch alter umsatz gewicht breite hohe lange bewertung preis kosten anzahl
    costo costos coste custo custos cout couts costi koszt maliyet boletas tickets
"""
"""Words in the names of columns that describe what a row is about."""

FACTS = frozenset(_WORDS_OF_FACTS.split())


def is_fact(name: str) -> bool:
    """True for the name of a fact, such as `avg_basket`, `NumVisits` or `montant_total`."""
    words = [plain(word) for word in _WORDS.findall(name)]
    return any(word in FACTS or {"price", "line_total"} & ranks_of_name(word).keys() for word in words)
