"""Tables of facts about shoppers or periods, which do not tell what was bought."""

from collections.abc import Sequence

from purchase_files.columns.guesses import guess, guess_unnamed
from purchase_files.columns.recognition import Recognized
from purchase_files.values.cleaning import is_missing
from purchase_files.vocabulary.facts import is_fact

_MIN_ROWS, _MIN_FACTS, _MANY_FACTS = 3, 2, 0.5
_AMOUNTS = {"quantity", "price", "line_total"}


def facts_of_keys(table: Recognized, numbers: Sequence[int]) -> list[str]:
    """Returns the names of a column of keys and of two columns of facts.

    Such facts are the recency of a shopper, or the sessions of a week. There are none if a column may hold products.

    Args:
        table: the table.
        numbers: columns of numbers whose names are unknown.
    """
    columns, fields = table.source.columns, table.fields
    if {"product_id", "title", "order_id"} & fields.keys():
        return []
    key = fields.get("user_id", fields.get("purchase_id", 0))
    keys = [value for row in table.source.sample if not is_missing(value := row[key] or "")]
    if len(keys) < max(_MIN_ROWS, len(table.source.sample) - 1) or len(set(keys)) < len(keys):
        return []
    amounts = {fields[field] for field in _AMOUNTS & fields.keys()}
    facts = [
        index for index, name in enumerate(columns) if index != key and (index in amounts or is_fact(name))
    ]
    taken = [columns[index] for index in {key, *facts, *numbers}]
    if guess([table], "product_id", taken) or guess_unnamed([table], "product_id", taken):
        return []
    is_summary = len(facts) >= max(_MIN_FACTS, _MANY_FACTS * len({*facts, *numbers} - {key}))
    return [columns[index] for index in (key, *facts[:2])] if is_summary else []
