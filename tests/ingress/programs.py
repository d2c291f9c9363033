"""Programs that these tests require. No test is skipped without them.

`python -m tests.ingress` checks all programs and installs the locked npm packages.
"""

import shutil
import subprocess
from pathlib import Path

ISSUER_FOLDER = Path(__file__).with_name("issuer")
_PROGRAMS = {"nginx": "nginx", "node": "nodejs", "npm": "npm"}
_OLDEST_NODE = 20
_INSTALL_SECONDS = 300


class ProgramMissing(Exception):
    """The tests cannot run here. The message says what to install."""


def program(name: str) -> str:
    """The path of an installed program.

    Raises:
        ProgramMissing: it is not installed.
    """
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ProgramMissing(
            f"The ingress tests need {name}, which is not installed here. "
            f"On Debian: apt-get install --no-install-recommends {_PROGRAMS[name]}"
        )
    return found


def issuer_package() -> Path:
    """The folder of the issuer, with its packages installed.

    Raises:
        ProgramMissing: they are not.
    """
    if not (ISSUER_FOLDER / "node_modules" / "oidc-provider").is_dir():
        raise ProgramMissing(
            f"The ingress tests need npm's packages in {ISSUER_FOLDER}; `make test-ingress` installs them."
        )
    return ISSUER_FOLDER


def prepare() -> None:
    """Checks every program and installs the issuer's packages.

    Raises:
        ProgramMissing: something is missing, too old or cannot be installed.
    """
    _check_all_there()
    _check_node()
    command = [program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        command, cwd=ISSUER_FOLDER, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
    )
    if done.returncode:
        raise ProgramMissing(f"npm could not install the issuer's packages:\n{done.stdout}{done.stderr}")


def _check_all_there() -> None:
    missing = []
    for name in _PROGRAMS:
        try:
            program(name)
        except ProgramMissing as error:
            missing.append(str(error))
    if missing:
        raise ProgramMissing("\n".join(missing))


def _check_node() -> None:
    version = subprocess.run(
        [program("node"), "--version"], capture_output=True, text=True, timeout=30, check=True
    )
    number = version.stdout.strip()
    if int(number.lstrip("v").split(".")[0]) < _OLDEST_NODE:
        raise ProgramMissing(f"The ingress tests need Node {_OLDEST_NODE} or later; this is {number}.")
