"""Files of purchases as the reader returns them, for tests."""

from pathlib import Path
from typing import Any, Literal

from purchase_files import Preview, ReadingOptions, open_purchases


class Read:
    """The preview and all rows of files."""

    def __init__(self, *paths: Path | Literal["-"], **options: Any) -> None:
        with open_purchases(paths, ReadingOptions(**options)) as data:
            self.preview: Preview = data.preview
            self.purchases: list[dict[str, Any]] = [
                row for batch in data.purchases() for row in batch.to_pylist()
            ]
            self.products: dict[str, dict[str, Any]] = {
                row["product_id"]: row for batch in data.products() for row in batch.to_pylist()
            }
            self.users: list[dict[str, Any]] = [row for batch in data.users() for row in batch.to_pylist()]

    @property
    def left_out(self) -> dict[str, int]:
        """Rows left out, by reason."""
        return {reason.reason: reason.rows for reason in self.preview.left_out}

    def titles(self) -> dict[str, str | None]:
        """Title of each product."""
        return {product: row["title"] for product, row in self.products.items()}

    def values(self, field: str) -> list[Any]:
        """A field of all purchases."""
        return [row[field] for row in self.purchases]
