"""Reports of the catalog's client during a build: invalid records, and the catalog's time."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from adapters.catalog import CatalogContractViolation, CatalogError, ReadReport, RecordKind
from indexer.sources.left_out import LeftOutRecords

MAX_NAMED = 10
"""Number of rejected records of each kind that are named."""

TOLERATED = 10
"""Number of rejected records that are accepted whatever their share, up to half of all. In a small shop, the maximum
share is less than one record."""


@dataclass(slots=True)
class CatalogReading:
    """Counts invalid records that were skipped, and raises an error above a share.

    Attributes:
        max_share: maximum share of rejected records of one kind, 0 to 1.
        rejected: number of rejected records by kind.
        answered_at: time of the first answer by the catalog's clock, if known.
        left_out: the rejected records of products and purchases by reason, and others that a reader leaves out.
    """

    max_share: float = 0.01
    rejected: Counter[RecordKind] = field(default_factory=Counter)
    answered_at: datetime | None = None
    left_out: LeftOutRecords = field(default_factory=LeftOutRecords)
    _read: Counter[RecordKind] = field(default_factory=Counter)
    _named: defaultdict[RecordKind, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, report: ReadReport) -> None:
        """Adds the records of one answer."""
        self.answered_at = self.answered_at or report.answered_at
        self._read[report.kind] += report.accepted + len(report.rejected)
        self.rejected[report.kind] += len(report.rejected)
        if report.kind != "user":
            for each in report.rejected:
                self.left_out.add(report.kind, each.fault, [each.record], invalid=True)
        named = self._named[report.kind]
        named += map(str, report.rejected[: MAX_NAMED - len(named)])

    def log_retry(self, failure: CatalogError) -> None:
        """Logs why a call is repeated. The command may wait for it for long."""
        structlog.get_logger("indexer").warning("catalog call is repeated", reason=str(failure))

    def check(self, kind: RecordKind) -> None:
        """Logs the rejected records of one kind, after all of them were read.

        Raises:
            CatalogContractViolation: too many. The message names the first ones.
        """
        rejected, read = self.rejected[kind], self._read[kind]
        if not rejected:
            return
        first = "; ".join(self._named[kind])
        if rejected > max(self.max_share * read, min(TOLERATED, read / 2)):
            raise CatalogContractViolation(
                f"{rejected:,} of {read:,} {kind}s in the catalog are invalid, more than the share of"
                f" {self.max_share:.1%} that INDEXER_MAX_REJECTED_SHARE allows. The first ones: {first}"
            )
        structlog.get_logger("indexer").warning(
            "skipped invalid records of the catalog", record=kind, rejected=rejected, read=read, first=first
        )
