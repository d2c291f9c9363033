"""Draws the diagrams of the documentation as SVG.

`python docs/images/diagrams.py` writes them beside this file.

A diagram is a list of boxes on a grid and of arrows between them. The pictures adapt to light and dark pages.
"""

from html import escape
from pathlib import Path
from typing import NamedTuple

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 190, 62, 84, 52, 16
CHARACTER, LINE = 6.3, 15
STYLE = """text{font:12px system-ui,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328;text-anchor:middle}
.title{font-weight:600}.note{fill:#57606a;font-size:11px}.page{fill:#fff}
rect.box{fill:#f6f8fa;stroke:#8c959f}rect.ours{fill:#dde7ff;stroke:#3f51b5}
path{fill:none;stroke:#57606a;stroke-width:1.3}.head{fill:#57606a;stroke:none}
.behind{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#9da7b3}.page,.behind{fill:#0d1117}
rect.box{fill:#161b22;stroke:#6e7681}rect.ours{fill:#1c2750;stroke:#8c9eff}path{stroke:#9da7b3}.head{fill:#9da7b3}}"""


class Box(NamedTuple):
    """A box on the grid, with a title and a second line."""

    column: float
    row: float
    title: str
    note: str = ""
    ours: bool = True


class Arrow(NamedTuple):
    """An arrow from one box to another, by key, with a label."""

    start: str
    end: str
    label: str = ""


class Diagram(NamedTuple):
    """A description in words, boxes by key, and arrows."""

    description: str
    boxes: dict[str, Box]
    arrows: tuple[Arrow, ...]


ARCHITECTURE = Diagram(
    "A shop calls the service with tokens of its issuer. The indexer learns from the catalog and publishes snapshots "
    "that the service maps.",
    {
        "shop": Box(0, 1, "Shop", "pages, apps, e-mails", ours=False),
        "issuer": Box(0, 0, "Token issuer", "your identity provider", ours=False),
        "service": Box(1, 1, "Service", "answers requests, on CPUs"),
        "redis": Box(2, 0, "Redis", "shared cache, limits", ours=False),
        "database": Box(2, 1, "PostgreSQL", "events, preferences, erasures", ours=False),
        "snapshots": Box(1, 2, "Snapshots", "volume or bucket, signed", ours=False),
        "indexer": Box(1, 3, "Indexer", "learns once a day"),
        "catalog": Box(0, 2.5, "Catalog", "products, purchases, users", ours=False),
    },
    (
        Arrow("issuer", "shop", "tokens"),
        Arrow("issuer", "service", "keys"),
        Arrow("shop", "service", "HTTP"),
        Arrow("service", "redis"),
        Arrow("service", "database"),
        Arrow("snapshots", "service", "map"),
        Arrow("indexer", "snapshots", "publish"),
        Arrow("catalog", "indexer", "all"),
        Arrow("catalog", "service", "changes"),
    ),
)
REQUEST = Diagram(
    "The way of a request: bounds, token, access, limits, profile, candidates, scores, filters, page, reasons, answer.",
    {
        "bounds": Box(0, 0, "Bounds", "http/: framing, size, time"),
        "token": Box(1, 0, "Token", "auth/: issuer, signature, scope"),
        "access": Box(2, 0, "Access and limits", "routes/access, limits/"),
        "profile": Box(3, 0, "Profile", "shoppers/: Redis, database"),
        "reasons": Box(0, 1, "Reasons", "explanations/"),
        "page": Box(1, 1, "Filters and page", "filtering/, reranking/, pages/"),
        "scores": Box(2, 1, "Exact scores", "ranking/"),
        "candidates": Box(3, 1, "Candidates", "Annoy and neighbours"),
        "answer": Box(0, 2, "Answer", "JSON, with its own id"),
    },
    (
        Arrow("bounds", "token"),
        Arrow("token", "access"),
        Arrow("access", "profile"),
        Arrow("profile", "candidates"),
        Arrow("candidates", "scores"),
        Arrow("scores", "page"),
        Arrow("page", "reasons"),
        Arrow("reasons", "answer"),
    ),
)
BUILD = Diagram(
    "The way of a build: read, embed, measure on held-out purchases, train, assemble, gate, publish or refuse.",
    {
        "sources": Box(0, 0, "Read", "sources/: catalog, events"),
        "embedding": Box(1, 0, "Embed texts", "embedding/: new texts only"),
        "holdout": Box(2, 0, "Measure", "build/holdout: the latest fifth"),
        "training": Box(3, 0, "Train", "training/, factorization/"),
        "assembly": Box(3, 1, "Assemble", "snapshots/: arrays, Annoy index"),
        "gate": Box(2, 1, "Quality gate", "worse than live or popularity?"),
        "publish": Box(1, 1, "Publish", "verify, rename, CURRENT"),
        "service": Box(0, 1, "Service", "verifies, maps, swaps"),
        "refused": Box(2, 2, "Refused", "exit code 3, live one stays"),
    },
    (
        Arrow("sources", "embedding"),
        Arrow("embedding", "holdout"),
        Arrow("holdout", "training"),
        Arrow("training", "assembly"),
        Arrow("assembly", "gate"),
        Arrow("gate", "publish", "no"),
        Arrow("gate", "refused", "yes"),
        Arrow("publish", "service"),
    ),
)
ALGORITHM = Diagram(
    "From purchases and texts to weights, vectors and an index, and from a shopper's history to a page.",
    {
        "purchases": Box(0, 0, "Purchases X", "shoppers × products", ours=False),
        "texts": Box(0, 1, "Texts C", "embedded, centered", ours=False),
        "weights": Box(1, 0.5, "Weights B", "local ridge regression"),
        "vectors": Box(2, 0, "Vectors P, Q", "truncated SVD, rank 256"),
        "rest": Box(2, 1, "Rest E", "what the SVD loses"),
        "index": Box(3, 0, "Index", "Annoy over q = trend · Q"),
        "history": Box(0, 2, "History", "weights by kind and age", ours=False),
        "query": Box(1, 2, "Query u", "sum of P over the history"),
        "candidates": Box(2, 2, "Candidates", "index and neighbours in B"),
        "score": Box(3, 1, "Exact score", "u·q + trend · rest"),
        "page": Box(3, 2, "Page", "filters, caps, reasons"),
    },
    (
        Arrow("purchases", "weights"),
        Arrow("texts", "weights"),
        Arrow("weights", "vectors"),
        Arrow("weights", "rest"),
        Arrow("vectors", "index"),
        Arrow("history", "query"),
        Arrow("query", "candidates"),
        Arrow("index", "score"),
        Arrow("rest", "score"),
        Arrow("candidates", "score"),
        Arrow("score", "page"),
    ),
)
DIAGRAMS = {"architecture": ARCHITECTURE, "request": REQUEST, "build": BUILD, "algorithm": ALGORITHM}


def draw(diagram: Diagram) -> str:
    """Returns the picture of a diagram."""
    columns = max(box.column for box in diagram.boxes.values()) + 1
    rows = max(box.row for box in diagram.boxes.values()) + 1
    width = columns * (WIDTH + GAP_X) - GAP_X + 2 * MARGIN
    height = rows * (HEIGHT + GAP_Y) - GAP_Y + 2 * MARGIN
    parts = [_arrow(diagram.boxes[a.start], diagram.boxes[a.end], a.label) for a in diagram.arrows]
    parts += [_box(box) for box in diagram.boxes.values()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">'
        f"<title>{escape(diagram.description)}</title><style>{STYLE}</style>"
        f'<rect class="page" width="{width:g}" height="{height:g}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _corner(box: Box) -> tuple[float, float]:
    return MARGIN + box.column * (WIDTH + GAP_X), MARGIN + box.row * (HEIGHT + GAP_Y)


def _box(box: Box) -> str:
    x, y = _corner(box)
    center, middle = x + WIDTH / 2, y + HEIGHT / 2
    title_y = middle - 4 if box.note else middle + 4
    note = (
        f'<text class="note" x="{center:g}" y="{middle + 14:g}">{escape(box.note)}</text>' if box.note else ""
    )
    kind = "ours" if box.ours else "box"
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text class="title" x="{center:g}" y="{title_y:g}">{escape(box.title)}</text>{note}'
    )


def _arrow(start: Box, end: Box, label: str) -> str:
    (x1, y1), (x2, y2) = _corner(start), _corner(end)
    if start.column != end.column:
        forward = end.column > start.column
        x1, x2 = (x1 + WIDTH, x2) if forward else (x1, x2 + WIDTH)
        y1, y2 = y1 + HEIGHT / 2, y2 + HEIGHT / 2
        tip, middle = (-6 if forward else 6), (x1 + x2) / 2
        path = f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2 + tip:g} {y2:g}"
        head = f"M{x2:g} {y2:g}l{tip * 1.5:g} -4v8z"
    else:
        down = end.row > start.row
        y1, y2 = (y1 + HEIGHT, y2) if down else (y1, y2 + HEIGHT)
        x1 = x2 = x1 + WIDTH / 2
        tip = -6 if down else 6
        path, head = f"M{x1:g} {y1:g}L{x2:g} {y2 + tip:g}", f"M{x2:g} {y2:g}l-4 {tip * 1.5:g}h8z"
    x, y, wide = (x1 + x2) / 2, (y1 + y2) / 2, len(label) * CHARACTER + 6
    words = (
        f'<rect class="behind" x="{x - wide / 2:g}" y="{y - 9:g}" width="{wide:g}" height="{LINE}"/>'
        f'<text class="note" x="{x:g}" y="{y + 3:g}">{escape(label)}</text>'
        if label
        else ""
    )
    return f'<path d="{path}"/><path class="head" d="{head}"/>{words}'


if __name__ == "__main__":
    for name, diagram in DIAGRAMS.items():
        Path(__file__).with_name(f"{name}.svg").write_text(draw(diagram), encoding="utf-8")
