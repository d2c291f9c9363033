"""The functions of profiles as loops over interactions: references for those over columns."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from recommender.entities import SECONDS_PER_DAY, Frequency, History, Interaction
from recommender.profiles import FATIGUE_IMPRESSIONS, KIND_WEIGHTS
from recommender.snapshot import Snapshot

Listed = Sequence[Interaction]


def history_of(interactions: Listed, snapshot: Snapshot) -> History:
    """See `profiles.history_of`."""
    parameters = snapshot.parameters
    best: dict[str, tuple[float, Interaction]] = {}
    for one in interactions:
        if one.kind in KIND_WEIGHTS:
            weight = math.log2(KIND_WEIGHTS[one.kind]) + one.at / (
                parameters.half_life_days * SECONDS_PER_DAY
            )
            if one.product_id not in best or weight > best[one.product_id][0]:
                best[one.product_id] = weight, one
    rows = snapshot.lookup.find(list(best)).tolist()
    known = sorted(
        (-one.at, row, one)
        for row, (_, one) in zip(rows, best.values(), strict=True)
        if 0 <= row < snapshot.indexed
    )[: parameters.history_limit]
    latest = max((one.at for _, _, one in known), default=0.0)
    recency = np.array(
        [
            KIND_WEIGHTS[one.kind] * 0.5 ** ((latest - one.at) / SECONDS_PER_DAY / parameters.half_life_days)
            for _, _, one in known
        ]
    )
    weights = recency / np.sqrt(recency.sum()) if known else recency
    return History(
        np.array([row for _, row, _ in known], dtype=np.int32),
        weights.astype(np.float32),
        np.array(sorted(set(_rows(interactions, snapshot, "purchase"))), dtype=np.int32),
    )


def fatigued_rows(interactions: Listed, snapshot: Snapshot) -> list[int]:
    """See `profiles.fatigued_rows`."""
    engaged: dict[str, float] = {}
    for one in interactions:
        if one.kind in KIND_WEIGHTS:
            engaged[one.product_id] = max(one.at, engaged.get(one.product_id, -math.inf))
    ignored = Counter(
        one.product_id
        for one in interactions
        if one.kind == "impression" and one.at > engaged.get(one.product_id, -math.inf)
    )
    rows = [snapshot.lookup.row(name) for name, times in ignored.items() if times >= FATIGUE_IMPRESSIONS]
    return sorted(row for row in rows if row >= 0)


def personal_frequency(interactions: Listed, snapshot: Snapshot) -> Frequency:
    """See `profiles.personal_frequency`."""
    bought = [one for one in interactions if one.kind == "purchase"]
    latest = max((int(one.at // SECONDS_PER_DAY) for one in bought), default=0)
    visits = {(snapshot.lookup.row(one.product_id), int(one.at // SECONDS_PER_DAY)) for one in bought}
    days = Counter(row for row, _ in visits if row >= 0)
    half_life = snapshot.parameters.repurchase_half_life_days
    values = defaultdict[int, float](float)
    for row, day in visits:
        values[row] += 0.5 ** ((latest - day) / half_life)
    rows = sorted(days)
    return Frequency(
        np.array(rows, dtype=np.int32),
        np.array([days[row] for row in rows], dtype=np.int32),
        np.array([values[row] for row in rows], dtype=np.float32),
    )


def strongest_kinds(interactions: Listed, product_ids: Sequence[str]) -> dict[str, str]:
    """See `profiles.strongest_kinds`."""
    found: dict[str, str] = {}
    for one in interactions:
        weight = KIND_WEIGHTS.get(one.kind, 0.0)
        if one.product_id in product_ids and weight > KIND_WEIGHTS.get(found.get(one.product_id, ""), 0.0):
            found[one.product_id] = one.kind
    return found


def purchase_days(interactions: Listed, snapshot: Snapshot) -> list[tuple[int, int, float]]:
    """See `profiles.purchase_days`."""
    last: dict[tuple[int, int], float] = {}
    for one in interactions:
        visit = snapshot.lookup.row(one.product_id), int(one.at // SECONDS_PER_DAY)
        if one.kind == "purchase" and visit[0] >= 0:
            last[visit] = max(one.at, last.get(visit, -math.inf))
    return sorted((row, day, at) for (row, day), at in last.items())


def _rows(interactions: Listed, snapshot: Snapshot, kind: str) -> list[int]:
    rows = [snapshot.lookup.row(one.product_id) for one in interactions if one.kind == kind]
    return [row for row in rows if row >= 0]
