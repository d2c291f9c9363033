"""Enumerations of the OpenAPI document as schemas with a name of their own.

Generators of clients number those that stand in a field: `Kind`, `Kind1`, `Kind2`.
"""

from typing import Any

from service.openapi.vocabulary import DEGRADATIONS, REASONS, SCENARIOS, STRATEGIES, TERMS

_NAMED = {
    "Scenario": ("A list that can be requested.", SCENARIOS),
    "Strategy": ("How a list was made.", STRATEGIES),
    "Degradation": ("What was down while an answer was made.", DEGRADATIONS),
    "ReasonCode": ("Which sentence a reason is.", REASONS),
    "TermName": ("What a term of a score measures.", TERMS),
    "SessionScenario": ("A list for what a shopper does now.", ("basket", "for-you", "session")),
    "Expansion": ("What is added to each item.", ("product",)),
    "PopularWindow": ("Period in which buyers are counted.", ("7d", "30d", "all")),
    "TrendingWindow": ("Period whose demand is compared.", ("7d", "30d")),
    "EventKind": (
        "Kind of an event.",
        ("purchase", "view", "cart", "impression", "click", "hide", "unhide"),
    ),
    "InteractionKind": (
        "Kind of something that a shopper did.",
        ("purchase", "view", "cart", "impression", "click", "hide"),
    ),
    "FilterName": ("A filter by names of the catalog.", ("category", "brand")),
    "Readiness": ("Whether lists can be served.", ("ok", "no snapshot yet")),
    "ProductGap": (
        "What a product lacks.",
        ("stock", "text", "category", "price", "picture", "buyers", "second_buyer"),
    ),
    "RunOutcome": ("How a run of the indexer ended.", ("published", "refused", "failed", "rolled back")),
    "RunKind": ("Kind of a run of the indexer.", ("build", "refresh")),
    "PageMove": ("Where an item went between two pages.", ("new", "gone", "up", "down", "same")),
    "FindingLevel": ("Weight of a finding.", ("problem", "notice")),
    "RecordKind": ("Kind of a record of the catalog.", ("product", "purchase")),
    "ShopperSource": ("Where shoppers were found.", ("database", "catalog")),
    "VerdictAnswer": (
        "A build in one word.",
        ("better", "same", "worse", "first", "unknown", "refused", "failed"),
    ),
}
_NAMES = {frozenset(values): name for name, (_, values) in _NAMED.items()}


def name_enumerations(document: dict[str, Any]) -> None:
    """Moves enumerations into `components`, and leaves references, in place.

    Args:
        document: as it is sent.
    """
    used = _replace(document["paths"]) | _replace(document["components"])
    document["components"]["schemas"] |= {
        name: {"description": _NAMED[name][0], "type": "string", "enum": list(_NAMED[name][1])}
        for name in sorted(used)
    }


def _replace(part: object) -> set[str]:
    """Replaces all enumerations within a part. Returns their names."""
    used = set[str]()
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        used |= _replace(inner)
    if isinstance(part, dict) and isinstance(values := part.get("enum"), list):
        name = _NAMES.get(frozenset(values) - {None})
        if name is not None:
            reference = {"$ref": f"#/components/schemas/{name}"}
            del part["enum"]
            part.pop("type", None)
            part |= {"anyOf": [reference, {"type": "null"}]} if None in values else reference
            used.add(name)
    return used
