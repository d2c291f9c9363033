"""Draws the preview of a made-up export as an SVG picture.

`PYTHONPATH=. python docs/images/preview.py > docs/images/preview.svg` writes it, for light and dark pages.
"""

import random
import sys
import tempfile
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from purchase_files import open_purchases
from purchase_files.rendering import WIDTH, preview_lines

CHARACTER, ROW, MARGIN = 7.2, 17, 14
STYLE = """text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:#1f2328}
rect{fill:#f6f8fa;stroke:#d1d9e0}.label{fill:#0550ae}.bar{fill:#1a7f37}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#161b22;stroke:#3d444d}.label{fill:#79c0ff}
.bar{fill:#56d364}}"""
PRODUCTS = (
    ("85123A", "White hanging heart t-light holder", "2,55"),
    ("22423", "Regency cakestand 3 tier", "12,75"),
    ("47566", "Party bunting", "4,95"),
    ("20725", "Lunch bag red retrospot", "1,65"),
    ("84879", "Assorted colour bird ornament", "1,69"),
    ("POST", "Postage", "18,00"),
)


def write_export(path: Path) -> None:
    """Writes orders of a gift shop over 13 months.

    They have guests, returns and a line of totals.
    """
    generator = random.Random(11)  # noqa: S311 - the same picture every time, not secrecy
    lines = ["InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country"]
    for day in range(395):
        date = datetime(2023, 12, 1) + timedelta(days=day)
        for _ in range(generator.randint(1, 4) + 4 * (date.month in {11, 12})):
            order, time = 536_365 + len(lines), date + timedelta(minutes=generator.randrange(480, 1_200))
            customer = "" if generator.random() < 0.2 else str(12_347 + int(500 * generator.random() ** 2))
            for product, name, price in generator.sample(PRODUCTS, generator.randint(1, 3)):
                quantity = -1 if generator.random() < 0.01 else generator.randint(1, 12)
                lines.append(
                    f"{order};{product};{name};{quantity};{time:%d.%m.%Y %H:%M};{price};{customer};Austria"
                )
    path.write_text("\n".join([*lines, "Total;;;12000;;;;"]) + "\n")


def draw(lines: list[str]) -> str:
    """Returns a picture of a preview."""
    width, height = WIDTH * CHARACTER + 2 * MARGIN, len(lines) * ROW + 2 * MARGIN
    texts = []
    for number, line in enumerate(lines):
        label, rest = escape(line[:12]), escape(line[12:])
        if line[:1].isalpha() and not line.startswith("Purchases over"):
            label = f'<tspan class="label">{label}</tspan>'
        if "█" in rest:
            rest = f'<tspan class="bar">{rest}</tspan>'
        y = MARGIN + (number + 0.75) * ROW
        texts.append(f'<text x="{MARGIN}" y="{y:g}" xml:space="preserve">{label}{rest}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"><style>{STYLE}</style>'
        f'<rect x="1" y="1" width="{width - 2:g}" height="{height - 2:g}" rx="8"/>\n'
        + "\n".join(texts)
        + "\n</svg>"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder, "gift-shop.csv")
        write_export(export)
        with open_purchases([export]) as data:
            shown = [line.replace(f"{folder}/", "") for line in preview_lines(data.preview)]
    sys.stdout.write(draw(shown) + "\n")
