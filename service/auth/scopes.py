"""Scopes of access tokens."""

READ_RECOMMENDATIONS = "recommendations:read"
"""Own recommendations, and lists that belong to no shopper."""

WRITE_EVENTS = "events:write"
"""Own events."""

READ_PROFILES = "profiles:read"
"""Reading preferences, and exporting all stored data of a shopper."""

WRITE_PROFILES = "profiles:write"
"""Setting preferences."""

ERASE_USERS = "users:erase"
"""Erasing a shopper."""

READ_CONSOLE = "console:read"
"""The console: data of every shopper, lists and snapshots. For staff only, never for shoppers."""

WRITE_CONSOLE = "console:write"
"""Changes made in the console, such as a rollback."""

STAFF = frozenset({READ_CONSOLE, WRITE_CONSOLE})
"""Scopes of the shop's staff, who reach every shopper in the console."""

ANY_SHOPPER = ".any"
"""Suffix of a scope that reaches every shopper. Only the shop's own services get such scopes."""
