"""A stand-in for an interpreter on the PATH: a program that answers what the set-up asks a Python and its pip.

What pip is told to install is noted, one line each, in `installed.txt` beside the folder of the programs.
"""

import json
import os
import sys
import textwrap
from pathlib import Path

_PROGRAM = """\
#!{real_python}
import json, os, pathlib, shutil, sys
facts = json.loads({facts!r})
arguments = sys.argv[1:]
note = pathlib.Path({note!r})
if arguments[0] == "-c" and "sysconfig" in arguments[1]:
    print(json.dumps(facts["probe"] | {{"executable": os.path.abspath(__file__)}}))
elif arguments[0] == "-c":
    if not (pathlib.Path(__file__).parent / "torch-is-installed").exists():
        sys.exit(1)
    print(json.dumps(facts["torch"]))
elif arguments[:2] == ["-m", "venv"]:
    programs = pathlib.Path(arguments[2]) / "bin"
    programs.mkdir()
    shutil.copy(__file__, programs / "python")
elif "--dry-run" in arguments:
    if not facts["torch"] or ("--index-url" in arguments and not facts["index_answers"]):
        sys.exit(1)
    pathlib.Path(arguments[arguments.index("--report") + 1]).write_text(json.dumps(facts["torch"]))
else:
    with note.open("a") as output:
        output.write(" ".join(arguments) + "\\n")
    if facts["fails_at"] and facts["fails_at"] in " ".join(arguments):
        print("no space left on the device")
        sys.exit(1)
    if "torch==" in arguments[-1]:
        (pathlib.Path(__file__).parent / "torch-is-installed").touch()
"""


class StandInPythons:
    """A folder of programs for the PATH, with a C++ compiler and make beside the Pythons."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.headers = folder / "headers"
        self.headers.mkdir()
        (self.headers / "Python.h").touch()
        self._note = folder / "installed.txt"
        for tool in ("g++", "make"):
            self.add_tool(tool)

    def add_tool(self, name: str) -> None:
        """A program that does nothing."""
        _write_program(self.programs / name, "#!/bin/sh\n")

    def add(
        self,
        name: str,
        version: tuple[int, int],
        *,
        torch: dict[str, object] | None = None,
        venv: bool = True,
        headers: bool = True,
        index_answers: bool = True,
        fails_at: str = "",
    ) -> str:
        """A Python; returns its path. `torch` is pip's report of what it would install."""
        probe = {"version": version, "venv": venv, "headers": str(self.headers) if headers else "/nowhere"}
        facts = {"probe": probe, "torch": torch, "index_answers": index_answers, "fails_at": fails_at}
        program = _PROGRAM.format(real_python=sys.executable, facts=json.dumps(facts), note=str(self._note))
        _write_program(self.programs / name, textwrap.dedent(program))
        return str(self.programs / name)

    @property
    def installed(self) -> list[str]:
        """What pip was told, in order."""
        return self._note.read_text().splitlines() if self._note.exists() else []


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    os.chmod(path, 0o755)  # noqa: PTH101 - the mode of a program
