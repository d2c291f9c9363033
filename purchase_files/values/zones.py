"""Time zones, also those in a column by the names that shop systems use."""

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.values.counted_times import Form
from purchase_files.values.distinct import distinct_values

_NAMES = {
    "eastern": "America/New_York", "central": "America/Chicago", "mountain": "America/Denver",
    "pacific": "America/Los_Angeles", "arizona": "America/Phoenix", "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu", "atlantic": "America/Halifax", "newfoundland": "America/St_Johns",
    "est": "America/New_York", "edt": "America/New_York", "cst": "America/Chicago", "cdt": "America/Chicago",
    "mst": "America/Denver", "mdt": "America/Denver", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "cet": "Europe/Paris", "cest": "Europe/Paris", "bst": "Europe/London", "gmt": "UTC", "utc": "UTC", "z": "UTC",
    "jst": "Asia/Tokyo", "ist": "Asia/Kolkata", "aest": "Australia/Sydney", "aedt": "Australia/Sydney",
}  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])0?(\d{1,2})(?::?00)?")


def zone_of(connection: Connection, table: str, column: str, default: str) -> tuple[str, tuple[str, ...]]:
    """Returns SQL for the IANA names of a column's zones, and unknown names.

    Unknown and missing zones are the default.
    """
    values = distinct_values(connection, table, column)
    given = [
        value
        for (value,) in connection.execute(
            f"SELECT v FROM {values} WHERE v IS NOT NULL ORDER BY v"
        ).fetchall()
    ]
    known = _known(connection)
    cities = {name.rpartition("/")[2].replace("_", " "): full for name, full in known.items()}
    zones = {value: zone for value in given if (zone := _zone(value.strip().lower(), known, cities))}
    cases = " ".join(f"WHEN {engine.text(value)} THEN {engine.text(zone)}" for value, zone in zones.items())
    sql = (
        f"CASE {engine.name(column)} {cases} ELSE {engine.text(default)} END"
        if cases
        else engine.text(default)
    )
    return sql, tuple(value for value in given if value not in zones)


def in_utc(
    forms: Sequence[Form], once: Callable[[str, str], str], zone: str, *, of_rows: bool, is_utc: bool
) -> str:
    """Returns SQL for times in UTC.

    Args:
        forms: forms of the times.
        once: makes SQL that looks up what other SQL reads over the distinct values, kept under a name.
        zone: SQL for the zone of times without one.
        of_rows: True if it differs by row.
        is_utc: True if it is UTC.
    """
    zoned = [form.sql for form in forms if form.zoned]
    local = [form.sql for form in forms if not form.zoned]
    if of_rows:
        with_zone = [once(_first(zoned, "TIMESTAMPTZ"), "zoned time")] if zoned else []
        return _in_utc(with_zone, [once(_first(local), "local time")] if local else [], zone)
    if zoned or not is_utc:
        return once(_in_utc(zoned, local, zone), "time")
    return once(_first(local), "time")


def _first(times: Sequence[str], kind: str = "TIMESTAMP") -> str:
    return times[0] if len(times) == 1 else f"coalesce({', '.join((*times, f'NULL::{kind}'))})"


def _in_utc(zoned: Sequence[str], local: Sequence[str], zone: str) -> str:
    times = (*zoned, *(f"timezone({zone}, {time})" for time in local))
    return f"timezone('UTC', {_first(times, 'TIMESTAMPTZ')})"


def check_zone(connection: Connection, name: str) -> None:
    """Compares the zone of times without one with the known ones.

    Raises:
        RefusedFile: there is none of this name.
    """
    if name == "UTC":
        return  # listing all zones takes milliseconds
    known = _known(connection)
    if name.lower() not in known:
        close = get_close_matches(name.lower(), known, 1) or [
            zone for zone in known if zone.rpartition("/")[2] == name.lower()
        ]
        hint = f"Did you mean {known[close[0]]}?" if close else "Write a name such as Europe/Vienna or UTC."
        raise RefusedFile(f"--timezone {name} is no time zone. {hint}")


def _known(connection: Connection) -> dict[str, str]:
    """Names of zones by their names in lower case."""
    names = connection.execute("SELECT name FROM pg_timezone_names()").fetchall()
    return {name.lower(): name for (name,) in names}


def _zone(value: str, known: dict[str, str], cities: dict[str, str]) -> str | None:
    offset = _OFFSET.fullmatch(value)
    if offset:
        # These names have the opposite sign: Etc/GMT+5 is west of Greenwich.
        name = f"etc/gmt{'-' if offset[1] == '+' else '+'}{offset[2]}"
        return known.get(name) if int(offset[2]) else "UTC"
    first = re.split(r"[\s(]", value, maxsplit=1)[0]
    return known.get(value) if "/" in value else _NAMES.get(first) or cities.get(value) or known.get(value)
