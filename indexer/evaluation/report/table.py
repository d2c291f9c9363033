"""Prints the report: a table per task below a summary of the protocol."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from indexer.evaluation.report.document import (
    HEADLINES,
    ColdSummary,
    Estimate,
    Number,
    Report,
    Row,
    TaskReport,
    defined,
)
from indexer.evaluation.report.lists import list_lines
from indexer.evaluation.report.sentences import sentences, tested

_UNLIMITED = 10_000
_LABEL_WIDTH = 9
_LEGEND = (
    "[low–high]: 95 % bootstrap interval over shoppers. Coverage: share of the candidates shown to any shopper. "
    "Novelty: higher for rarer products."
)


@dataclass(frozen=True, slots=True)
class _Metric:
    """A column: its heading, its number for a row, and that number as text."""

    head: str
    number: Callable[[Row], Number]
    text: Callable[[Row], str]


def render(report: Report, console: Console) -> None:
    """Prints the report, plain sentences first.

    Lines are not wrapped if the output is not a terminal.
    """
    for sentence in sentences(report):
        _print(console, Text(sentence, style="bold"))
    if report.tasks:
        _print(console, Text())
    for line in _header(report):
        _print(console, line)
    for task in report.tasks:
        _print(console, Text())
        _print(console, Text(f"{task.name}: {task.question}", style="bold"))
        _print(
            console,
            Text(f"{task.shoppers:,} test shoppers, {task.products:,} candidates"),
        )
        _print_table(console, _table(task))
        for line in _below(task):
            _print(console, line)
    for each in report.lists:
        _print(console, Text())
        for line in list_lines(each):
            _print(console, line)
    for line in _cold(report.cold) if report.cold is not None else ():
        _print(console, line)
    _print(console, Text())
    for note in (*report.notes, _LEGEND):
        _print(console, Text(note, style="dim"))


def _print(console: Console, line: Text) -> None:
    if console.is_terminal:
        console.print(line, highlight=False)
    else:
        console.print(line, highlight=False, soft_wrap=True)


def _print_table(console: Console, table: Table) -> None:
    # A table is cut to the console's width, which is 80 without a terminal. Its natural width is set instead.
    table.width = Measurement.get(console, console.options.update(max_width=_UNLIMITED), table).maximum
    console.print(table, highlight=False, soft_wrap=True)


def _header(report: Report) -> Iterator[Text]:
    data, split = report.data, report.split
    period = f", {data.first:%Y-%m-%d} to {data.last:%Y-%m-%d}" if data.first and data.last else ""
    yield _labeled(
        "Data",
        f"{data.name}: {data.purchases:,} purchases, {data.shoppers:,} shoppers, "
        f"{data.products:,} products ({data.with_text:,} with text){period}",
    )
    yield _labeled("Split", _split(report))
    buyers = "buyer" if split.minimum_buyers == 1 else "buyers"
    yield _labeled(
        "Products",
        f"{split.products:,} with at least {split.minimum_buyers} {buyers} before the cut; all are candidates",
    )
    if report.choices:
        chosen = ", ".join(f"{name} {_choice(value)}" for name, value in report.choices.items())
        yield _labeled("Recipe", chosen)
    for option, gains in report.windows.items():
        changes = ", ".join(f"{gain:+.1%}".replace("%", " %") for gain in gains)
        metric = "" if "@" in option else " NDCG@20"
        yield _labeled("Tried", f"{option}:{metric} {changes} on windows before the cut")
    if report.index is not None:
        index = report.index
        yield _labeled(
            "Index",
            f"Annoy, {index.vectors:,} vectors of {index.dims}, {index.trees} trees, search_k {index.search_k:,}: "
            f"finds {_percent(index.recall_at_20)} of the exact top 20{_loss(index.loss)}",
        )
    if report.seconds:
        yield _labeled("Time", ", ".join(f"{name} {taken:,.1f} s" for name, taken in report.seconds.items()))


def _loss(loss: Estimate | None) -> str:
    if loss is None:
        return ""
    low, high = _percent(loss.low), _percent(loss.high)
    return f"; loss of NDCG@20 by index and truncation {_percent(loss.mean)} [{low} – {high}]"


def _cold(cold: ColdSummary) -> Iterator[Text]:
    """Summarizes the recall of cold products, and their effect on warm products."""
    share, ratio = cold.share, cold.warm_ratio
    yield Text(
        f"Cold products: Recall@20 is {_fraction(cold.recall_among_all)} with all products as candidates,"
        f" {_percent(share.mean, 0)} [{_percent(share.low, 0)} – {_percent(share.high, 0)}]"
        f" of the {_fraction(cold.recall_among_cold)} with only cold ones"
    )
    yield Text(
        f"Warm products: Recall@20 is {_fraction(cold.warm_recall)} with all products as candidates,"
        f" {_number(ratio.mean, 3)} [{_number(ratio.low, 3)}–{_number(ratio.high, 3)}] times"
        f" the {_fraction(cold.warm_recall_without)} with only warm ones"
    )


def _labeled(label: str, text: str) -> Text:
    return Text.assemble((f"{label:<{_LABEL_WIDTH}} ", "bold"), text)


def _split(report: Report) -> str:
    split = report.split
    counts = f"{split.training_purchases:,} training and {split.test_purchases:,} test purchases"
    return f"by {split.kind}, {tested(split, '%Y-%m-%d %H:%M UTC')}: {counts}"


def _choice(value: str | int | float | bool | None) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _table(task: TaskReport) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False, collapse_padding=True)
    table.add_column("recommender", no_wrap=True)
    metrics = _metrics(task)
    for metric in metrics:
        table.add_column(metric.head, justify="right", no_wrap=True)
    best = [_best(map(metric.number, task.rows)) for metric in metrics]
    for row in task.rows:
        cells = [
            Text(metric.text(row), style="bold" if defined(metric.number(row)) == top else "")
            for metric, top in zip(metrics, best, strict=True)
        ]
        table.add_row(Text(row.name, style="bold" if row is task.rows[0] else ""), *cells)
    return table


def _metrics(task: TaskReport) -> Sequence[_Metric]:
    """Columns of the table. The headline metric has its interval."""
    ndcg = _interval if task.headline == "ndcg_at_20" else _mean
    recall = _interval if task.headline == "recall_at_20" else _mean
    return (
        _Metric("NDCG@20", lambda row: row.ndcg_at_20.mean, lambda row: ndcg(row.ndcg_at_20)),
        _Metric("Recall@20", lambda row: row.recall_at_20.mean, lambda row: recall(row.recall_at_20)),
        _Metric("HitRate@10", lambda row: row.hit_rate_at_10.mean, lambda row: _mean(row.hit_rate_at_10)),
        _Metric("coverage@10", lambda row: row.coverage_at_10, lambda row: _percent(row.coverage_at_10)),
        _Metric("novelty (bits)", lambda row: row.novelty, lambda row: _number(row.novelty, 2)),
    )


def _below(task: TaskReport) -> Iterator[Text]:
    metric = HEADLINES[task.headline]
    for row in task.rows[:1]:
        for other, ratio in row.ratio_to.items():
            if defined(ratio.mean) is None:
                continue  # undefined, because the other recommender had no hit
            bounds = f"[{_number(ratio.low, 3)}–{_number(ratio.high, 3)}]"
            yield Text.assemble(
                f"{row.name} has ",
                (_number(ratio.mean, 3), "bold"),
                f" {bounds} times the {metric} of {other}",
            )
    for row in task.rows:
        if row.note:
            yield Text(f"{row.name}: {row.note}", style="dim")
    for note in task.notes:
        yield Text(note, style="dim")


def _best(numbers: Iterable[Number]) -> Number:
    """The largest number.

    Infinity if none is above 0, so that no cell of an empty column is highlighted.
    """
    return max((number for number in map(defined, numbers) if number), default=math.inf)


def _number(number: Number, digits: int) -> str:
    found = defined(number)
    return "–" if found is None else f"{found:.{digits}f}"


def _fraction(number: Number) -> str:
    """Four decimals without the leading zero, for example .0998."""
    text = _number(number, 4)
    return text.removeprefix("0") if text.startswith("0.") else text


def _percent(number: Number, digits: int = 1) -> str:
    found = defined(number)
    return "–" if found is None else f"{found:.{digits}%}".replace("%", " %")


def _mean(estimate: Estimate) -> str:
    return _fraction(estimate.mean)


def _interval(estimate: Estimate) -> str:
    return f"{_fraction(estimate.mean)} [{_fraction(estimate.low)}–{_fraction(estimate.high)}]"
