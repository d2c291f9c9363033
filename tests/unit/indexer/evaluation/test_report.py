"""Reports as JSON, tables and pictures."""

import io
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from rich.console import Console

from indexer.evaluation.report import (
    ColdSummary,
    Estimate,
    IndexSummary,
    ListReport,
    ListRow,
    Report,
    SplitSummary,
    draw,
    encode,
    render,
)
from tests.support.builders.evaluations.evaluation_reports import estimate, report, row, task

BOLD, NORMAL = "\x1b[1m", "\x1b[0m"


def printed(shown: Report, **console: Any) -> str:
    stream = io.StringIO()
    render(shown, Console(file=stream, **console))
    return stream.getvalue()


def in_color(shown: Report) -> str:
    return printed(shown, force_terminal=True, width=100, color_system="standard", legacy_windows=False)


def line_of(name: str, text: str) -> str:
    (line,) = (line for line in text.splitlines() if re.match(rf"(\x1b\[1m)?{re.escape(name)} +", line))
    return line


def bold_in(line: str) -> list[str]:
    cells = re.findall(r"\x1b\[1m([^\x1b]*)\x1b\[0m", line)
    return [cell.strip() for cell in cells if cell.strip()]


def test_document_is_indented_json_that_decodes_again() -> None:
    shown = report(
        task(
            row("ours", 0.1, ratio_to={"EASE": Estimate(1.1, 1.0, 1.2)}, note="a note"), notes=("left out",)
        ),
        index=IndexSummary(3_249, 256, 50, 2_000, 0.987),
        seconds={"fitting": 1.5},
        seed=7,
    )
    content = encode(shown)
    assert content.startswith(b'{\n  "created": "2026-01-02T00:00:00Z",\n')
    assert content.endswith(b"}\n")
    assert msgspec.json.decode(content, type=Report) == shown
    assert msgspec.json.decode(content)["tasks"][0]["rows"][0]["ratio_to"] == {
        "EASE": {"mean": 1.1, "low": 1.0, "high": 1.2}
    }


def test_undefined_numbers_are_null_in_json_and_a_dash_in_tables() -> None:
    nothing = Estimate(math.nan, math.nan, math.inf)
    undefined = row("ours", 0.1, hit_rate_at_10=nothing, novelty=math.nan, coverage_at_10=None)
    undefined = msgspec.structs.replace(undefined, ratio_to={"EASE": nothing})
    shown = report(task(undefined))
    content = encode(shown)
    found = msgspec.json.decode(content)["tasks"][0]["rows"][0]
    assert found["hit_rate_at_10"] == {"mean": None, "low": None, "high": None}
    assert (found["novelty"], found["coverage_at_10"]) == (None, None)
    for again in (shown, msgspec.json.decode(content, type=Report)):
        text = printed(again)
        assert re.search(r"^ours .* – +– +–$", text, re.MULTILINE)
        assert "times the NDCG@20 of EASE" not in text


def test_row_shows_metrics_and_the_interval_of_the_headline_metric() -> None:
    text = printed(report())
    assert re.search(
        r"^recommender +NDCG@20 +Recall@20 +HitRate@10 +coverage@10 +novelty \(bits\)$", text, re.MULTILINE
    )
    assert line_of("ours", text).split() == [
        "ours",
        ".0998",
        "[.0898–.1198]",
        ".2000",
        ".4000",
        "25.6",
        "%",
        "9.43",
    ]


def test_headline_metric_may_be_recall() -> None:
    text = printed(report(task(row("ours", 0.1, 0.34), headline="recall_at_20")))
    assert line_of("ours", text).split()[:4] == ["ours", ".1000", ".3400", "[.3300–.3600]"]


def test_numbers_of_at_least_one_keep_their_first_digit() -> None:
    whole = Estimate(1.0, 0.99996, 1.0)
    assert "1.0000 [1.0000–1.0000]" in printed(report(task(row("ours", 0, ndcg_at_20=whole))))


def test_best_number_of_each_column_is_bold() -> None:
    rows = (
        row("ours", 0.1, 0.2, novelty=1.0),
        row("EASE", 0.2, 0.1, novelty=2.0, coverage_at_10=0.9),
        row("chance", 0.0, 0.2, hit_rate_at_10=estimate(math.nan)),
    )
    text = in_color(report(task(*rows)))
    assert bold_in(line_of("ours", text)) == ["ours", ".2000", ".4000"]
    assert bold_in(line_of("EASE", text)) == [".2000 [.1900–.2200]", ".4000", "90.0 %"]
    assert bold_in(line_of("chance", text)) == [".2000", "9.43"]


def test_column_without_positive_numbers_has_no_bold_cell() -> None:
    text = in_color(
        report(task(row("ours", 0.0, coverage_at_10=None), row("EASE", 0.0, coverage_at_10=None)))
    )
    assert bold_in(line_of("EASE", text)) == [".2000", ".4000", "9.43"]


def test_ratios_of_the_first_row_and_notes_follow_the_table() -> None:
    ours = row("ours", 0.1, ratio_to={"EASE": Estimate(1.0789, 1.01, 1.15)})
    rest = row("EASE", 0.09, note="ridge 500", ratio_to={"popularity": Estimate(2.0, 2.0, 2.0)})
    notes = ("ALS, BPR: not installed (pip install 'recommender[baselines]')",)
    text = printed(report(task(ours, rest, notes=notes), notes=("[bold]odd[/bold] note",)))
    after = text[text.index("EASE  ") :]
    assert "ours has 1.079 [1.010–1.150] times the NDCG@20 of EASE\nEASE: ridge 500\nALS, BPR: not" in after
    assert "(pip install 'recommender[baselines]')\n" in after
    assert "[bold]odd[/bold] note" in after
    assert "times the NDCG@20 of popularity" not in text


def test_header_describes_the_protocol() -> None:
    lines = printed(
        report(
            index=IndexSummary(3_249, 256, 50, 2_000, 0.9871, Estimate(0.004, -0.001, 0.009)),
            windows={"trend exponent 0.5": [0.151, -0.02]},
            seconds={"fitting": 61.26},
        )
    ).splitlines()
    first = lines.index("") + 1
    assert lines[first : first + 7] == [
        "Data      gift-ware: 396,337 purchases, 4,334 shoppers, 3,659 products (3,650 with text), "
        "2010-12-01 to 2011-12-09",
        "Split     by time, latest 20 % of purchases, from 2011-10-20 08:12 UTC: "
        "317,069 training and 79,268 test purchases",
        "Products  3,249 with at least 3 buyers before the cut; all are candidates",
        "Recipe    trend exponent 0.5, ridge 10",
        "Tried     trend exponent 0.5: NDCG@20 +15.1 %, -2.0 % on windows before the cut",
        "Index     Annoy, 3,249 vectors of 256, 50 trees, search_k 2,000: finds 98.7 % of the exact top 20; "
        "loss of NDCG@20 by index and truncation 0.4 % [-0.1 % – 0.9 %]",
        "Time      fitting 61.3 s",
    ]
    assert "1,517 test shoppers, 3,249 candidates" in lines


def test_recall_of_cold_and_warm_products_is_shown() -> None:
    cold = ColdSummary(410, 0.48, 0.12, Estimate(0.25, 0.2, 0.31), 0.098, 0.1, Estimate(0.98, 0.97, 0.99))
    text = printed(report(cold=cold))
    assert (
        "Cold products: Recall@20 is .1200 with all products as candidates,"
        " 25 % [20 % – 31 %] of the .4800 with only cold ones"
    ) in text
    assert (
        "Warm products: Recall@20 is .0980 with all products as candidates,"
        " 0.980 [0.970–0.990] times the .1000 with only warm ones"
    ) in text
    assert "Cold products" not in printed(report())


def test_split_by_order_is_described() -> None:
    by_order = SplitSummary("order", 0.2, None, 10, 5, 1, 4)
    text = printed(report(split=by_order))
    assert "by order, latest 20 % of each shopper's products: 10 training and 5 test purchases" in text
    assert "at least 1 buyer before the cut" in text


def test_piped_output_is_neither_wrapped_nor_truncated_nor_colored() -> None:
    long = "a recommender whose name is as long as no name should ever be, but may"
    text = printed(report(task(row(long, 0.1, note="n" * 300))), width=40)
    assert "\x1b" not in text
    assert line_of(long, text).endswith("9.43")
    assert f"{long}: {'n' * 300}\n" in text


def test_table_fits_into_a_terminal_of_100_columns() -> None:
    rows = (row("recommender, as served once", 0.1), row("mean of text embeddings", 0.05))
    plain = re.sub(r"\x1b\[\d+m", "", in_color(report(task(*rows))))
    assert max(len(line) for line in plain.splitlines()) <= 100
    assert line_of("recommender, as served once", plain).endswith("9.43")


def blue_pixels_per_line(path: Path) -> Any:
    from matplotlib.image import imread  # slow, and every worker collects this module

    pixels = imread(path)[..., :3]
    blue = np.abs(pixels - np.array([0x1F, 0x6F, 0xEB]) / 255).max(axis=-1) < 0.02
    return blue.sum(axis=1)


def test_length_of_the_highlighted_bar_is_proportional_to_its_number(tmp_path: Path) -> None:
    lengths = []
    for name, ndcg in (("small", 0.1), ("large", 0.2)):
        shown = report(task(row("ours", ndcg), row("EASE", 0.3)))
        draw(shown, tmp_path / f"{name}.png")
        lengths.append(blue_pixels_per_line(tmp_path / f"{name}.png").max())
    assert lengths[0] > 100
    assert lengths[1] / lengths[0] == pytest.approx(2, rel=0.03)


def test_picture_draws_the_headline_metric(tmp_path: Path) -> None:
    lengths = []
    for headline in ("ndcg_at_20", "recall_at_20"):
        shown = report(task(row("ours", 0.1, 0.3), row("EASE", 0.3, 0.3), headline=headline))
        draw(shown, tmp_path / "picture.png")
        lengths.append(blue_pixels_per_line(tmp_path / "picture.png").max())
    assert lengths[1] / lengths[0] == pytest.approx(3, rel=0.03)


def test_each_task_has_a_panel_with_one_highlighted_bar(tmp_path: Path) -> None:
    draw(report(task(), task(name="cold"), task(row("ours", 0.3))), tmp_path / "picture.png")
    has_bar = blue_pixels_per_line(tmp_path / "picture.png") > 100
    assert np.count_nonzero(np.diff(has_bar.astype(int)) == 1) == 3


def test_each_list_has_a_panel(tmp_path: Path) -> None:
    rows = tuple(ListRow(name, {"hit@8": estimate(mean)}) for name, mean in (("ours", 0.4), ("text", 0.3)))
    lists = (ListReport("similar", "what instead?", "by trip", rows, {}),)
    draw(report(task(), lists=lists), tmp_path / "picture.png")
    has_bar = blue_pixels_per_line(tmp_path / "picture.png") > 100
    assert np.count_nonzero(np.diff(has_bar.astype(int)) == 1) == 2
    draw(report(task(), lists=lists), tmp_path / "picture.svg")
    assert "<!-- similar: what instead? -->" in (tmp_path / "picture.svg").read_text()


def test_svg_contains_all_names_and_undefined_numbers(tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    undefined = row(r"$\frac$ baseline", math.nan, ndcg_at_20=Estimate(None, None, math.nan))
    draw(report(task(row("ours", 0.0), undefined)), path)
    content = path.read_text()
    assert ElementTree.fromstring(content).tag.endswith("svg")
    for text in (
        "gift-ware",
        "discovery: What will",
        r"$\frac$ baseline",
        "0.0000",
        "not defined",
        "1,517 shoppers",
    ):
        assert f"<!-- {text}" in content or text in content, text


def test_report_without_tasks_or_with_unknown_format_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no task"):
        draw(msgspec.structs.replace(report(), tasks=()), tmp_path / "picture.png")
    with pytest.raises(ValueError, match="txt"):
        draw(report(), tmp_path / "picture.txt")


def test_lists_are_printed_with_their_baselines() -> None:
    rows = tuple(
        ListRow(name, {"precision@5": estimate(mean), "recall@10": estimate(0.4)})
        for name, mean in (("ours, as served", 0.3), ("random own product", 0.1))
    )
    ratios = {"random own product": estimate(3.0), "nothing": Estimate(math.nan, math.nan, math.nan)}
    lists = (ListReport("buy-again", "which ones?", "4 windows of 14 days", rows, ratios),)
    text = printed(report(lists=lists))
    assert "buy-again: which ones?\n4 windows of 14 days\n" in text
    ours = "precision@5 0.3000 [0.2900–0.3200]  recall@10 0.4000 [0.3900–0.4200]"
    assert ours in line_of("ours, as served  ", text.partition("4 windows")[2])
    assert "ours, as served has 3.000 [2.990–3.020] times the precision@5 of random own product\n" in text
    assert "of nothing" not in text
