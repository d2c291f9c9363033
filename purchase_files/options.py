"""Options of a caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

Role = Literal["purchases", "orders", "products", "users", "categories"]
"""What a table lists. Categories are names for keys in tables of products."""


@dataclass(frozen=True)
class ReadingOptions:
    """Decisions that override what the reader finds out by itself.

    Attributes:
        mapping: column of a file by field, such as {"user_id": "CustomerID"}. An empty name says that none does.
        dates: order of day and month in dates such as 1/2/2024, if the column does not decide it. "swapped" swaps day
            and month of days up to the 12th, which a spreadsheet swapped before.
        timezone: IANA name of the time zone of times without one.
        where: conditions on columns, such as "status=paid" or "product_id!=POST". All have to hold.
        bad_rows: share of rows that may be unreadable, from 0 to 1. Above it, the file is refused.
        hash_key: key to replace shoppers' ids by a keyed hash (HMAC-SHA256), or None to keep them.
        roles: what a file lists, by path, if it is known. Files of products or users alone need no purchases.
        memory_bytes: memory that reading may use. More than that goes to temporary files.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    dates: Literal["dmy", "mdy", "swapped"] | None = None
    timezone: str = "UTC"
    where: Sequence[str] = ()
    bad_rows: float = 0.01
    hash_key: bytes | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    memory_bytes: int = 1 << 30

    def with_arguments(self, arguments: Sequence[tuple[str, str]]) -> "ReadingOptions":
        """These options with those of `--map` and `--dates` arguments."""
        mapped = dict(value.split("=", 1) for name, value in arguments if name == "--map")
        dates = dict(arguments).get("--dates", self.dates)
        return replace(
            self,
            mapping={**self.mapping, **mapped},
            dates=cast("Literal['dmy', 'mdy', 'swapped'] | None", dates),
        )
