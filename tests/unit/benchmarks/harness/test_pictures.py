"""Pictures of benchmarks have a form for light and one for dark pages."""

import re
from pathlib import Path

LEAST_CONTRAST = 4.5
LIGHT_PAGE, DARK_PAGE = "#ffffff", "#1e2129"


def luminance(color: str) -> float:
    """Relative luminance of a color, as WCAG 2 defines it."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colors, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_every_color_of_a_picture_can_be_read_in_both_themes(tmp_path: Path) -> None:
    # Imported here: they take a second, also of workers without this test.
    from matplotlib import style
    from matplotlib.figure import Figure

    from benchmarks.harness.pictures import STYLE, save

    with style.context(STYLE):
        figure = Figure()
        axes = figure.subplots()
        for line in range(5):
            axes.plot([0, line], label=str(line))
        axes.legend()
        axes.set_title("Lines")
        save(figure, tmp_path / "lines.svg")
    picture = (tmp_path / "lines.svg").read_text()
    _, dark = picture.split("@media(prefers-color-scheme:dark)")
    replaced = dict(re.findall(r': (#\w{6})"\]{\w+:(#\w{6})!important}', dark))
    drawn = set(re.findall(r'style="[^"]*?(?:fill|stroke): (#\w{6})', dark)) - {LIGHT_PAGE}
    assert len(drawn) > 5
    assert [color for color in drawn if contrast(color, LIGHT_PAGE) < LEAST_CONTRAST] == []
    assert [color for color in drawn if contrast(replaced[color], DARK_PAGE) < LEAST_CONTRAST] == []
