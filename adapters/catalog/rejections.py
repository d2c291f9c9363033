"""Records of the catalog that are skipped, and their report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RecordKind = Literal["product", "purchase", "user"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record, or a part of it, that breaks the contract.

    Attributes:
        record: names it, such as `product 'SKU/1'`. Never holds the id of a user.
        fault: what is wrong with it, such as `the id contains '/'`.
    """

    record: str
    fault: str

    def __str__(self) -> str:
        return f"{self.record}: {self.fault}"


@dataclass(frozen=True, slots=True)
class ReadReport:
    """Result of reading one response of the catalog.

    Attributes:
        kind: kind of the records.
        accepted: number of records that were read.
        rejected: records that were skipped.
        answered_at: time of the response by the catalog's clock, if it says so.
    """

    kind: RecordKind
    accepted: int
    rejected: tuple[Rejection, ...] = ()
    answered_at: datetime | None = None


Reporter = Callable[[ReadReport], None]
"""Called after each response that was read."""


def ignore_report(_: ReadReport) -> None:
    """Reports nothing."""
