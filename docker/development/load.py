"""Loads the catalog's database: the user's own files where some are given, else The Complete Journey.

`/input/purchases`, `/input/products` and `/input/users` are files, or empty where there is none. What is loaded
already, as the mark in the folder that `LOADED_MARK` names says, is not loaded again.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from demo import complete_journey

INPUT = Path("/input")
KINDS = ("products", "users", "purchases")


def has_content(path: Path) -> bool:
    """Whether it is a file, and not an empty one; what is mounted where none was named is `/dev/null`."""
    return path.is_file() and path.stat().st_size > 0


def input_files(folder: Path) -> dict[str, Path]:
    """What to load, by kind; the sample is made in `folder` when no purchases are given."""
    given = {kind: INPUT / kind for kind in KINDS if has_content(INPUT / kind)}
    for kind, path in given.items():
        if not os.access(path, os.R_OK):
            raise SystemExit(f"{kind.upper()}: the file cannot be read by user {os.getuid()}: chmod o+r it.")
    if "purchases" in given:
        return given
    if given:
        raise SystemExit(
            "PURCHASES=file is needed beside PRODUCTS= or USERS=: nothing can be learned without."
        )
    print(complete_journey.SOURCE)
    products, purchases = complete_journey.prepare(complete_journey.package_data(), folder)
    return {"products": products, "purchases": purchases}


def digest(files: dict[str, Path]) -> str:
    """Changes with any file's content."""
    hashed = hashlib.sha256()
    for kind, path in sorted(files.items()):
        with path.open("rb") as file:
            hashed.update(f"{kind} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return hashed.hexdigest()


def main() -> int:
    """Loads unless it is done; returns the exit code."""
    mark = Path(os.environ["LOADED_MARK"], "loaded")
    with tempfile.TemporaryDirectory() as folder:
        files = input_files(Path(folder))
        loaded = digest(files)
        before = mark.read_text().split() if mark.is_file() else []
        if loaded in before:
            print("The catalog is loaded already.")
            return 0
        if before:
            print("Beside what was loaded before. To be rid of that, first: docker compose down --volumes")
        arguments = [part for kind, path in files.items() for part in (f"--{kind}", str(path))]
        code = subprocess.run([sys.executable, "-m", "catalog", "load", *arguments], check=False).returncode
    if code == 0:
        mark.write_text("\n".join([*before, loaded]))
    return code


if __name__ == "__main__":
    sys.exit(main())
