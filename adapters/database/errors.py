"""What can go wrong with the database; the tree is drawn in the package's docstring."""


class DatabaseError(Exception):
    """Any failure of the database; the message names its address, without the password."""


class DatabaseUnavailable(DatabaseError):
    """It cannot be reached or opened, refuses us, is full, locked or too slow: the same call may succeed later."""


class DatabaseNotPrepared(DatabaseError):
    """It can be reached, but lacks a table or column: its tables were not made, or by another version."""


class DatabaseRejected(DatabaseError):
    """It does not accept a statement or a value in it, and would not later either."""
