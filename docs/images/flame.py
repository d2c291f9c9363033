"""Draws a flame graph: `python docs/images/flame.py TITLE ROOT < stacks.txt > picture.svg`.

Stacks are those of `py-spy record --format raw`. ROOT is the function from which on they are drawn, such as
`Recommendations.personal`. The width of a function is its share of the samples. A browser shows its full name when the
mouse is over it.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape

WIDTH, ROW, CHARACTER = 1180, 17, 6.3
SMALLEST_SHARE = 0.004
COLORS = {"recommender/": "#e0823d", "service/": "#4f8fd0", "adapters/": "#5aa469"}
OTHER = "#a5a5a5"


@dataclass(slots=True)
class Frame:
    """A function below its caller, with the number of samples."""

    samples: int = 0
    callees: dict[str, "Frame"] = field(default_factory=dict)

    def depth(self, least: int) -> int:
        """Rows that it needs, with those that have at least `least` samples."""
        return 1 + max(
            (each.depth(least) for each in self.callees.values() if each.samples >= least), default=0
        )


def read(lines: Iterable[str], root: str) -> Frame:
    """The tree of all stacks below `root`."""
    top = Frame()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        names = [name.rpartition(":")[0] + ")" for name in stack.split(";")]
        start = next((place for place, name in enumerate(names) if name.startswith(f"{root} (")), None)
        if start is None:
            continue
        frame = top
        frame.samples += int(count)
        for name in names[start + 1 :]:
            frame = frame.callees.setdefault(name, Frame())
            frame.samples += int(count)
    return top


def draw(title: str, root: str, top: Frame) -> str:
    """The picture."""
    least = max(1, int(top.samples * SMALLEST_SHARE))
    height = ROW * (top.depth(least) + 2)
    found = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="11">',
        "<style>.title{fill:#57606a}@media(prefers-color-scheme:dark){.title{fill:#9da7b3}}</style>",
        f'<text class="title" x="4" y="13">{escape(title)}</text>',
    ]
    return "\n".join([*found, *_rectangles(root, top, 0.0, ROW, WIDTH / top.samples, least), "</svg>\n"])


def _rectangles(name: str, frame: Frame, left: float, top: int, scale: float, least: int) -> Iterator[str]:
    """A frame and those below it with at least so many samples.

    `scale` is pixels per sample.
    """
    width = frame.samples * scale
    color = next((color for part, color in COLORS.items() if f"({part}" in name), OTHER)
    shown = name.partition(" (")[0][: max(0, int(width / CHARACTER) - 1)]
    yield (
        f'<g><title>{escape(name)}</title><rect x="{left:.1f}" y="{top}" width="{max(width - 0.6, 0.2):.1f}" '
        f'height="{ROW - 1}" fill="{color}"/><text x="{left + 2:.1f}" y="{top + 12}">{escape(shown)}</text></g>'
    )
    for callee, child in sorted(frame.callees.items()):
        if child.samples >= least:
            yield from _rectangles(callee, child, left, top + ROW, scale, least)
        left += child.samples * scale


def main(title: str, root: str) -> None:
    """Reads stacks and writes their picture."""
    sys.stdout.write(draw(title, root, read(sys.stdin, root)))


if __name__ == "__main__":
    main(*sys.argv[1:])
