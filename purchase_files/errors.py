"""The refusal of a file."""

import shlex


class RefusedFile(Exception):
    """A file cannot be read as purchases.

    Args:
        problem: what is wrong, and where. Written for users.
        arguments: options that would make the file readable, such as ("--map", "user_id=Client").
    """

    def __init__(self, problem: str, arguments: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.arguments = arguments

    def __str__(self) -> str:
        return f"{self.problem}\nAdd: {self.command_options()}" if self.arguments else self.problem

    def command_options(self) -> str:
        """Returns the options as they are pasted into a command line."""
        return " ".join(f"{name} {shlex.quote(value)}" for name, value in self.arguments)


class StackedTables(RefusedFile):
    """A file has several tables below one another.

    Args:
        problem: what is wrong, and where. Written for users.
        path: path of the file.
    """

    def __init__(self, problem: str, path: str) -> None:
        super().__init__(problem)
        self.path = path


class NoTable(RefusedFile):
    """A file has another format than tables, such as a picture.

    It is skipped in a folder or archive.
    """
