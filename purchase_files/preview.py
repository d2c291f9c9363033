"""Facts about files, for a preview before anything is written."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FileFacts:
    """Format and size of a file, or of its sheet or member.

    Attributes:
        path: path of the file. A sheet or member of an archive follows after a colon.
        role: what the file lists: purchases, orders, products or users.
        format: such as "CSV" or "Parquet".
        encoding: encoding of a text file.
        separator: character between the values of a line.
        lines: lines of a text file, else rows. It equals `header_lines + blank_lines + continued_lines + rows -
            added_rows`.
        header_lines: lines up to and with the names of columns.
        blank_lines: lines without any value.
        continued_lines: lines that continue a value with line breaks.
        rows: rows, with those that are left out.
        added_rows: rows beyond the first of each line, where a line lists several purchases.
    """

    path: str
    role: str
    format: str
    encoding: str | None
    separator: str | None
    lines: int
    header_lines: int
    blank_lines: int
    continued_lines: int
    rows: int
    added_rows: int


@dataclass(frozen=True)
class TakenColumn:
    """A column that is used, the field that it fills, and the reason."""

    path: str
    column: str
    field: str
    why: str


@dataclass(frozen=True)
class Example:
    """A line of a file, shortened."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class LeftOut:
    """Rows that are left out for one reason.

    Attributes:
        reason: the reason, in a few words.
        rows: number of rows.
        examples: the first three.
        unreadable: True if the rows are faulty, and count against `bad_rows`.
    """

    reason: str
    rows: int
    examples: tuple[Example, ...]
    unreadable: bool


@dataclass(frozen=True)
class StatusColumn:
    """A column of statuses or kinds of events.

    Attributes:
        column: name of the column.
        values: values with their numbers of rows.
    """

    column: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Preview:
    """Facts about the files together.

    The rows of the files of purchases equal `purchases` plus the rows left out: no row is lost uncounted.

    Attributes:
        files: the files.
        skipped: files of folders and archives that are not used, with the reason.
        columns: columns that are used.
        unused_columns: columns that are not.
        date_format: how the times are written.
        timezone: zone of the times that name none, or None if all name one.
        first: time of the first purchase, in UTC.
        last: time of the last purchase.
        purchases: rows that are purchases.
        guest_purchases: those of no known shopper.
        shoppers: shoppers with purchases.
        products: products that were bought.
        orders: orders, or 0 without order ids.
        purchases_per_shopper: mean number of purchases of a shopper.
        largest_shopper_share: share of the purchases that belong to the shopper with most, from 0 to 1.
        bought_once_share: share of the shoppers with one purchase.
        by_month: purchases by month ("2010-12"), in order.
        left_out: rows that are left out, by reason.
        noticed: rows that were kept or left out, by what is notable in them. They may overlap.
        status_columns: columns that look like statuses, for `where`.
        hints: what would improve the recommendations, as sentences.
    """

    files: tuple[FileFacts, ...]
    skipped: tuple[str, ...]
    columns: tuple[TakenColumn, ...]
    unused_columns: tuple[str, ...]
    date_format: str
    timezone: str | None
    first: datetime | None
    last: datetime | None
    purchases: int
    guest_purchases: int
    shoppers: int
    products: int
    orders: int
    purchases_per_shopper: float
    largest_shopper_share: float
    bought_once_share: float
    by_month: tuple[tuple[str, int], ...]
    left_out: tuple[LeftOut, ...]
    noticed: tuple[tuple[str, int], ...]
    status_columns: tuple[StatusColumn, ...]
    hints: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of the files of purchases."""
        return sum(file.rows for file in self.files if file.role == "purchases")

    @property
    def rows_left_out(self) -> int:
        """Rows of the files of purchases that are left out."""
        return sum(reason.rows for reason in self.left_out)
