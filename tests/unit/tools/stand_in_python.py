"""Programs that behave like Python interpreters on the PATH."""

import json
import sys
from pathlib import Path

# A path with a space is no interpreter of a script, so that a shell starts Python, which reads these lines as a text.
_PROGRAM = """\
#!/bin/sh
'''exec' "{real_python}" "$0" "$@"
' '''
import json, os, pathlib, shutil, subprocess, sys
facts = json.loads({facts!r})
arguments = sys.argv[1:]
if arguments[0] == "-c":
    print(json.dumps(facts["probe"] | {{"executable": os.path.abspath(__file__)}}))
elif arguments[:2] == ["-m", "venv"]:
    programs = pathlib.Path(arguments[2]) / "bin"
    programs.mkdir(parents=True)
    shutil.copy(__file__, programs / "python")
else:
    with pathlib.Path({commands!r}).open("a") as output:
        output.write(" ".join(arguments) + "\\n")
    if facts["fails_at"] and facts["fails_at"] in arguments[-1]:
        print(facts["says"], flush=True)
        if facts["waits_for"]:
            reading = "import pathlib, signal, sys; signal.alarm(60); pathlib.Path(sys.argv[1]).read_bytes()"
            subprocess.run([{real_python!r}, "-c", reading, facts["waits_for"]])
        sys.exit(facts["exit_code"])
"""


class StandInPythons:
    """A folder for the PATH with Pythons that record their commands."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "programs"
        self.programs.mkdir()
        self._commands = folder / "commands.txt"
        _write_program(self.programs / "g++", "#!/bin/sh\n")

    def add(
        self,
        name: str,
        version: tuple[int, int],
        *,
        venv: bool = True,
        headers: bool = True,
        fails_at: str = "",
        says: str = "",
        waits_for: str = "",
        exit_code: int = 1,
    ) -> str:
        """Adds a Python and returns its path.

        Its command whose last argument has `fails_at` prints `says`, starts a program that reads the named pipe
        `waits_for` to its end, if it is given, and ends with `exit_code`.
        """
        probe = {"version": version, "has_venv": venv, "has_headers": headers}
        facts = {
            "probe": probe,
            "fails_at": fails_at,
            "says": says,
            "waits_for": waits_for,
            "exit_code": exit_code,
        }
        program = _PROGRAM.format(
            real_python=sys.executable, facts=json.dumps(facts), commands=str(self._commands)
        )
        _write_program(self.programs / name, program)
        return str(self.programs / name)

    @property
    def commands(self) -> list[str]:
        """Arguments of the steps so far, in order."""
        return self._commands.read_text().splitlines() if self._commands.exists() else []


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
