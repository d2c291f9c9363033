"""Answers whether the live build is better than the one before."""

from collections.abc import Sequence
from typing import Literal, cast

import msgspec

from adapters.snapshots.build_history import BuildEntry
from service.console.facts.snapshots.snapshot_lines import SnapshotLine

METRIC = "ndcg_at_20"
BASELINE = "popularity_ndcg_at_20"
NOTABLE = 0.02
"""Relative difference from which a build is called better or worse."""
_TIMES = 1.5
"""Ratio from which a factor says more than a percentage."""

Answer = Literal["better", "same", "worse", "first", "unknown", "refused", "failed"]
_ANSWERS: dict[Answer, str] = {
    "better": "Yes, it is better.",
    "same": "It is about as good as the one before.",
    "worse": "No, it is worse.",
    "first": "It is the first build.",
    "unknown": "That is not known yet.",
    "refused": "No, the quality gate refused it. An earlier one stays live.",
    "failed": "No, it failed. An earlier one stays live.",
}
_UNMEASURED = "was not measured, because there are too few shoppers or INDEXER_HOLDOUT is off."


class Verdict(msgspec.Struct, frozen=True):
    """The latest build and the live one, against those before and the baseline.

    Attributes:
        version: the live version.
        before: the latest version of the build before the live one, null if there is none.
        answer: of the latest build, by NDCG@20, less than 2 % is `same`. `refused` or `failed` if it has no version.
        text: the answer in a sentence.
        details: sentences with the numbers of both builds, how the live one became so, and why the latest did not.
        refused: why the quality gate refused the latest build, if that came after the live one.
    """

    version: str
    before: str | None
    answer: Answer
    text: str
    details: list[str]
    refused: list[str]


def verdict_of(snapshots: Sequence[SnapshotLine], history: Sequence[BuildEntry]) -> Verdict | None:
    """The verdict, None if no usable version is live.

    Args:
        snapshots: newest first.
        history: newest first.
    """
    live = next((line for line in snapshots if line.live and not line.problem), None)
    if live is None:
        return None
    before = build_before(snapshots, live.version)
    latest = next((entry for entry in history if entry.kind == "build"), None)
    lost = latest if latest and latest.what in ("refused", "failed") else None
    newest = next(line for line in snapshots if not line.problem)
    # After a rollback, the latest build has a version that is not live.
    passed_over = newest if _build(newest) != _build(live) and not lost else None
    asked, asked_before = (
        (passed_over, build_before(snapshots, passed_over.version)) if passed_over else (live, before)
    )
    answer = cast(Answer, lost.what) if lost else _answer(asked, asked_before)
    newer = snapshots.index(live)
    details = [
        *(_sentence(reason) for reason in (lost.reasons if lost else ())),
        _against(passed_over, asked_before, "The last build") if passed_over else "",
        _against(live, before, "The live one" if lost or passed_over else "It"),
        _event(live, history),
        f"{newer} newer {'version is' if newer == 1 else 'versions are'} published, and not live."
        if newer
        else "",
    ]
    return Verdict(
        live.version,
        before.version if before else None,
        answer,
        _ANSWERS[answer] + (" It is not live." if passed_over else ""),
        [detail for detail in details if detail],
        list(lost.reasons) if lost and lost.what == "refused" else [],
    )


def build_before(snapshots: Sequence[SnapshotLine], version: str) -> SnapshotLine | None:
    """The latest usable version of a build before the one of `version`.

    `snapshots` are newest first.
    """
    builds = {line.version: _build(line) for line in snapshots}
    earlier = (line for line in snapshots if line.version < version and not line.problem)
    return next((line for line in earlier if _build(line) != builds.get(version)), None)


def _build(line: SnapshotLine) -> str:
    """The build that a version is or refreshes."""
    return line.refresh_of or line.version


def _answer(live: SnapshotLine, before: SnapshotLine | None) -> Answer:
    if before is None:
        return "first"
    now, then = live.metrics.get(METRIC), before.metrics.get(METRIC)
    if now is None or then is None:
        return "unknown"
    if abs(now - then) < NOTABLE * then or now == then:
        return "same"
    return "better" if now > then else "worse"


def _against(live: SnapshotLine, before: SnapshotLine | None, name: str) -> str:
    """The live build's NDCG@20 beside that of the build before and of the baseline."""
    now, popularity = live.metrics.get(METRIC), live.metrics.get(BASELINE)
    if now is None:
        return f"{name} {_UNMEASURED}"
    text = f"{name} has a quality (NDCG@20) of {now:.4f}"
    then = before.metrics.get(METRIC) if before else None
    if then:
        text += f", {_beside(now, then)} of the build before"
    if popularity:
        times = now / popularity >= _TIMES
        change = f"{now / popularity:.1f} times that" if times else _beside(now, popularity)
        text += f"{' and' if then else ','} {change} of popular products for everyone"
    if before and not then:
        return f"{text}. The build before was not measured, so that the next one is compared first."
    return f"{text}."


def _beside(now: float, other: float) -> str:
    percent = round(100 * (now / other - 1))
    change = f"{abs(percent)} % {'above' if percent > 0 else 'below'}" if percent else "like"
    return f"{change} the {other:.4f}"


def _event(live: SnapshotLine, history: Sequence[BuildEntry]) -> str:
    """The event that made the live build live."""
    for entry in history:
        if entry.what == "rolled back" and entry.version == live.version:
            return f"{entry.by or 'Someone'} rolled back to it."
        if entry.what == "published" and entry.version == _build(live):
            if entry.reasons:
                return _sentence(entry.reasons[0])
            measured = METRIC in live.metrics
            return f"The quality gate {'passed it' if measured else 'passed its index, and had no quality to check'}."
    return ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
