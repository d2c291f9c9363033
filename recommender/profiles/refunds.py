"""Nets refunds out of purchases."""

import numpy as np
from numpy.typing import NDArray

from recommender.arrays import Mask


def kept_purchases(
    groups: NDArray[np.int64],
    times: NDArray[np.float64],
    quantities: NDArray[np.float64],
    orders: NDArray[np.int64],
) -> Mask:
    """Marks the purchases that refunds leave over.

    The refunds of a group are taken from its purchases of the same order first, then from the latest ones up to the
    last refund. A purchase is left over as long as a part of its quantity is.

    Args:
        groups: number of shopper and product, the same for lines that belong together; shape (n,).
        times: when each line was bought or refunded; shape (n,).
        quantities: pieces, negative for a refund; shape (n,).
        orders: number of each line's order, 0 without one; shape (n,).
    """
    kept: Mask = quantities > 0
    refunds = np.flatnonzero(quantities < 0)
    if not len(refunds):
        return kept
    refunded, position = np.unique(groups[refunds], return_inverse=True)
    totals = np.bincount(position, weights=-quantities[refunds])
    last = np.full(len(refunded), -np.inf)
    np.maximum.at(last, position, times[refunds])
    lines = np.flatnonzero(kept & np.isin(groups, refunded))
    group = np.searchsorted(refunded, groups[lines])
    of_order = _in_order_of_a_refund(lines, refunds, groups, orders)
    possible = of_order | (times[lines] <= last[group])
    lines, group, of_order = lines[possible], group[possible], of_order[possible]
    newest_first = np.lexsort((-times[lines], ~of_order, group))
    lines, group = lines[newest_first], group[newest_first]
    running = np.cumsum(quantities[lines])
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    before = np.concatenate([[0.0], running])[starts]
    within = running - np.repeat(before, np.diff(np.append(starts, len(lines))))
    kept[lines[within <= totals[group] + 1e-9]] = False
    return kept


def _in_order_of_a_refund(
    lines: NDArray[np.int64],
    refunds: NDArray[np.int64],
    groups: NDArray[np.int64],
    orders: NDArray[np.int64],
) -> Mask:
    ordered = refunds[orders[refunds] != 0]
    refunded = set(zip(groups[ordered].tolist(), orders[ordered].tolist(), strict=True))
    pairs = zip(groups[lines].tolist(), orders[lines].tolist(), strict=True)
    return np.fromiter((pair in refunded for pair in pairs), np.bool_, len(lines))
