"""Declarations of the indexer's log events."""

from adapters.telemetry.declared.log_event import Level, LogEvent


def _event(level: Level, event: str, fields: tuple[str, ...], description: str) -> LogEvent:
    return LogEvent("indexer", level, event, fields, description)


INDEXER_EVENTS = (
    _event("warning", "unknown setting", ("reason",), "An `INDEXER_…` variable is no setting."),
    _event(
        "error", "command failed", ("command", "reason"), "The live snapshot is unchanged. Exit code 1 or 5."
    ),
    _event("error", "command interrupted", ("command", "reason"), "By a signal. Exit code 130."),
    _event("info", "build needed", ("reason",), "`build --if-needed` found no readable live snapshot."),
    _event("info", "no build needed", ("live",), "`build --if-needed` found a live snapshot."),
    _event(
        "info",
        "build postponed",
        ("reason",),
        "`build --if-needed` found no live snapshot, but a build was just rejected.",
    ),
    _event(
        "info",
        "progress",
        ("stage", "done", "total", "unit", "per_second", "seconds_left"),
        "A long stage goes on. `total` and `seconds_left` are missing while the end is unknown.",
    ),
    _event("info", "stage done", ("stage", "done", "unit", "seconds"), "A long stage ended."),
    _event(
        "warning",
        "catalog call is repeated",
        ("reason",),
        "It failed and may succeed later. After five attempts or 90 seconds the command ends.",
    ),
    _event(
        "warning",
        "skipped invalid records of the catalog",
        ("record", "rejected", "read", "first"),
        "They are left out. `first` names some of them.",
    ),
    _event(
        "warning",
        "products without text can only be recommended from purchases",
        ("products",),
        "They have neither title nor description.",
    ),
    _event(
        "warning", "dropped purchases of products not in the catalog", ("purchases",), "They are left out."
    ),
    _event(
        "warning",
        "dropped repeated purchases",
        ("purchases",),
        "Pages of the feed repeat them. Each counts once. Check the order of the feed if there are many.",
    ),
    _event(
        "warning",
        "treated purchases in the future as made now",
        ("purchases",),
        "Check the clock of the shop.",
    ),
    _event(
        "info",
        "read purchases of guests, for popularity and products bought together",
        ("orders", "purchases"),
        "Purchases without a shopper.",
    ),
    _event(
        "warning",
        "cannot read the catalog's loads of files",
        ("reason",),
        "The snapshot does not describe them. Nothing else depends on it.",
    ),
    _event("info", "dropped refunds and refunded purchases", ("lines",), "Nothing is learned from them."),
    _event(
        "warning",
        "dropped views and carts of products not in the catalog",
        ("events",),
        "They are left out.",
    ),
    _event(
        "warning",
        "dropped views and carts of shoppers without purchases",
        ("events",),
        "Browsing is learned from buyers alone.",
    ),
    _event(
        "warning",
        "treated views and carts in the future as happening now",
        ("events",),
        "Check the clocks of the clients.",
    ),
    _event(
        "info",
        "skipped events that are neither views nor carts",
        ("file", "events", "kinds"),
        "They are left out.",
    ),
    _event(
        "info",
        "column read under another name",
        ("file", "column", "taken_for"),
        "A column was recognized by its name.",
    ),
    _event("info", "columns ignored", ("file", "columns"), "Columns of a file that nothing reads."),
    _event(
        "info",
        "text encoder: loading weights",
        ("model", "place", "reasons"),
        "From a folder, the model hub, an earlier download or an installed package. `reasons` says why not from the "
        "places before.",
    ),
    _event(
        "info",
        "embedding product texts",
        ("distinct", "cached", "new"),
        "Only the `new` texts are embedded.",
    ),
    _event(
        "warning",
        "embedding segment is altered and will be embedded again",
        ("path",),
        "A file of the embedding cache does not match its checksum.",
    ),
    _event("info", "share embedded", ("shard", "shards"), "One of several processes finished its part."),
    _event(
        "warning",
        "shards timed out, embedding their texts",
        ("shards", "silent_seconds"),
        "These processes reported no progress.",
    ),
    _event(
        "info",
        "choosing parameters",
        ("reason", "ndcg_at_20", "ndcg_at_20_when_chosen"),
        "Parameters are chosen on rolling windows. The measurements are there if quality fell.",
    ),
    _event(
        "info",
        "trying parameters of the live snapshot",
        ("chosen_at",),
        "They are kept if recommendations are not worse with them.",
    ),
    _event(
        "warning",
        "too few shoppers to measure quality",
        ("needed",),
        "The quality gate checks nothing that needs a holdout.",
    ),
    _event(
        "warning",
        "quality gate overruled",
        ("rule", "reason"),
        "`build --force` publishes in spite of a violation.",
    ),
    _event(
        "warning",
        "list below its baseline",
        ("reason",),
        "A list is worse than the baseline that it must beat. The manifest's recipe says so, too.",
    ),
    _event(
        "info",
        "snapshot published",
        (
            "version",
            "products",
            "purchases",
            "shoppers",
            "rejected_products",
            "rejected_purchases",
            "seconds",
            "trend_exponent",
            "measurements",
        ),
        "The snapshot is live. `measurements` are those of its manifest.",
    ),
    _event(
        "error",
        "snapshot not published",
        ("rules", "reason"),
        "The quality gate rejected it. The live snapshot stays.",
    ),
    _event(
        "info",
        "snapshot refreshed",
        ("version", "refresh_of", "added", "removed", "rewritten"),
        "Products were added to the live snapshot.",
    ),
    _event("info", "nothing refreshed", ("reason",), "The live snapshot stays."),
    _event("info", "evaluation written", ("report", "picture"), "Paths of the report."),
    _event("info", "trial", ("number", "gain", "best", "seconds_left"), "One trial of `tune`."),
    _event("info", "no better parameters found", ("trials",), "The recipe keeps its parameters."),
    _event("info", "recipe written", ("recipe", "study", "gain"), "`tune` ended."),
)
"""Log events of the indexer."""
