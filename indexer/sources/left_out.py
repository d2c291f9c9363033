"""Counts records of the catalog that are left out, by reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from adapters.snapshots.shop_data import LeftOut

MAX_REASONS = 20
MAX_EXAMPLES = 3
OTHER = "other reasons"
_MAX_TEXT = 200

Kind = Literal["product", "purchase"]


@dataclass(slots=True)
class _Reason:
    records: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LeftOutRecords:
    """Records that are left out. Beyond 20 reasons, further ones are counted as others.

    Attributes:
        future: purchases that are dated ahead. They are kept, as made now.
    """

    future: int = 0
    _reasons: dict[tuple[Kind, str, bool], _Reason] = field(default_factory=dict)

    def add(
        self, kind: Kind, reason: str, examples: Iterable[str], records: int = 1, *, invalid: bool = False
    ) -> None:
        """Counts records.

        Args:
            kind: kind of the records.
            reason: why they are left out.
            examples: names of some of them, without ids of shoppers.
            records: their number.
            invalid: whether they break the contract of the catalog.
        """
        if not records:
            return
        key = kind, reason[:_MAX_TEXT], invalid
        if key not in self._reasons and len(self._reasons) >= MAX_REASONS:
            key = kind, OTHER, invalid
        found = self._reasons.setdefault(key, _Reason())
        found.records += records
        if len(found.examples) < MAX_EXAMPLES:
            named = [name[:_MAX_TEXT] for name in examples]
            found.examples += named[: MAX_EXAMPLES - len(found.examples)]

    def listed(self) -> tuple[LeftOut, ...]:
        """The reasons, the most frequent first."""
        reasons = [
            LeftOut(kind, reason, found.records, tuple(found.examples), invalid)
            for (kind, reason, invalid), found in self._reasons.items()
        ]
        return tuple(sorted(reasons, key=lambda each: -each.records))
