"""Reports of an evaluation: JSON for programs, tables for terminals, a picture."""

from indexer.evaluation.report.document import (
    ColdSummary,
    DataSummary,
    Estimate,
    Headline,
    IndexSummary,
    ListReport,
    ListRow,
    Report,
    Row,
    SplitSummary,
    TaskReport,
    encode,
)
from indexer.evaluation.report.picture import draw
from indexer.evaluation.report.sentences import best_alternative, sentences
from indexer.evaluation.report.table import render

__all__ = [
    "ColdSummary",
    "DataSummary",
    "Estimate",
    "Headline",
    "IndexSummary",
    "ListReport",
    "ListRow",
    "Report",
    "Row",
    "SplitSummary",
    "TaskReport",
    "best_alternative",
    "draw",
    "encode",
    "render",
    "sentences",
]
