"""Lines of the printed report about lists other than for-you."""

from collections.abc import Iterator

from rich.text import Text

from indexer.evaluation.report.document import Estimate, ListReport, defined


def list_lines(report: ListReport) -> Iterator[Text]:
    """Yields the question, a line per recommender, and the ratios."""
    yield Text(f"{report.name}: {report.question}", style="bold")
    yield Text(report.protocol)
    width = max(len(row.name) for row in report.rows)
    for place, row in enumerate(report.rows):
        metrics = "  ".join(f"{name} {_interval(found)}" for name, found in row.metrics.items())
        yield Text(f"{row.name:<{width}}  {metrics}", style="" if place else "bold")
    main = next(iter(report.rows[0].metrics))
    for name, ratio in report.ratio_to.items():
        if defined(ratio.mean) is not None:
            bounds = f"[{ratio.low:.3f}–{ratio.high:.3f}]"
            yield Text(f"{report.rows[0].name} has {ratio.mean:.3f} {bounds} times the {main} of {name}")


def _interval(found: Estimate) -> str:
    if defined(found.mean) is None:
        return "–"
    return f"{found.mean:.4f} [{found.low:.4f}–{found.high:.4f}]"
