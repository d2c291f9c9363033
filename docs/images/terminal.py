"""Draws terminal output as an SVG picture: `python docs/images/terminal.py TITLE < output.txt > picture.svg`.

The picture loads no fonts from elsewhere. It adapts to a light or dark page by its own dark background.
"""

import io
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 132
FORMAT = """\
<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }} {styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


def main(title: str) -> None:
    """Reads the output of a command and writes its picture."""
    console = Console(width=WIDTH, file=io.StringIO(), record=True, force_terminal=True)
    for line in sys.stdin.read().rstrip("\n").split("\n"):
        console.print(Text(line), overflow="crop", no_wrap=True)
    sys.stdout.write(console.export_svg(title=title, code_format=FORMAT, unique_id="terminal"))


if __name__ == "__main__":
    main(sys.argv[1])
