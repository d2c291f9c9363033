"""Declarations of the spans of service and indexer, the source of their documentation.

A test compares the stages with every call of `stage` in the code.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class SpanDeclaration:
    """Declaration of one kind of span.

    Attributes:
        name: name of the span. Parts in braces are filled in.
        kind: the OpenTelemetry kind.
        attributes: names of its attributes.
        description: what it covers.
    """

    name: str
    kind: Literal["server", "client", "internal"]
    attributes: tuple[str, ...]
    description: str


REQUEST = SpanDeclaration(
    "{method} {route}",
    "server",
    ("http.request.method", "http.route", "http.response.status_code"),
    "One request, from arrival to the end of the response. `{route}` is the template, or `unmatched`.",
)
CATALOG_CALL = SpanDeclaration(
    "{method} {template}",
    "client",
    ("http.request.method", "url.template", "http.response.status_code", "error.type"),
    "One attempt of a call to the catalog or to its token issuer, which is `token`. Its status or its error.",
)
COMMAND = SpanDeclaration(
    "indexer {command}",
    "internal",
    (),
    "One command, such as `build`. All other spans of the indexer are in it.",
)

SERVICE_STAGES = {
    "read_profile": "The shopper's profile is read: kept, cached, or from database and catalog.",
    "read_database": "What the database has of the shopper is read, for a profile that is not kept or cached.",
    "profile": "The profile becomes weighted rows and a query vector.",
    "candidate_generation": "Candidates are found in the index and in the neighbours of the history.",
    "filtering": "Candidates that filters, stock or the shopper exclude are left out.",
    "ranking": "Candidates are scored exactly and sorted.",
    "reranking": "The page is chosen for diversity.",
    "explanations": "Reasons are made.",
    "popular": "Popular products are chosen, as a list of their own or to fill a page.",
}
"""What the stages of a recommendation do, by the name of their span."""

INDEXER_STAGES = {
    "read": "Products and purchases are read from the catalog.",
    "embed": "Texts become vectors.",
    "holdout": "Quality is measured on the latest purchases.",
    "fit": "The model learns from all purchases.",
    "bought_together": "Products of one order are counted.",
    "alternatives": "Alternatives of each product are found.",
    "companions": "Companions of each product are found.",
    "map": "The map of the catalog is laid out.",
    "write": "The arrays of the snapshot are written.",
    "index": "The Annoy index is built.",
    "verify": "The snapshot is opened again and compared with exact search.",
}
"""What the stages of a build or a refresh do, by the name of their span."""


def _stage_spans(stages: dict[str, str]) -> tuple[SpanDeclaration, ...]:
    """The spans of stages."""
    return tuple(SpanDeclaration(name, "internal", (), text) for name, text in stages.items())


SERVICE_SPANS = (REQUEST, *_stage_spans(SERVICE_STAGES), CATALOG_CALL)
INDEXER_SPANS = (COMMAND, *_stage_spans(INDEXER_STAGES), CATALOG_CALL)
