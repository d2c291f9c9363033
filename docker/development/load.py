"""Loads the user's files or The Complete Journey into the catalog's database.

`/input/purchases`, `/input/products` and `/input/users` are the user's files or folders, or `/dev/null`. The folder
`LOADED_MARK` has a list of loaded data, which is not loaded again.
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


def is_given(path: Path) -> bool:
    """True for a file or a folder.

    `/dev/null` is mounted where none was given.
    """
    return path.exists() and not path.is_char_device()


def input_files(folder: Path, inputs: Path = INPUT) -> dict[str, Path]:
    """Files and folders to load, by kind.

    Without purchases, the sample is prepared in `folder`.
    """
    given = {kind: inputs / kind for kind in KINDS if is_given(inputs / kind)}
    for kind, path in given.items():
        if not all(os.access(file, os.R_OK) for file in (path, *path.rglob("*"))):
            raise SystemExit(
                f"error: {kind.upper()}: user {os.getuid()} cannot read it. Run chmod -R o+rX on it."
            )
    if "purchases" in given:
        return given
    if given:
        raise SystemExit(
            "error: PRODUCTS= and USERS= need PURCHASES=file too: recommendations are learned from purchases."
        )
    print(complete_journey.SOURCE)
    products, purchases = complete_journey.prepare(complete_journey.package_data(), folder)
    return {"products": products, "purchases": purchases}


def digest(files: dict[str, Path]) -> str:
    """Digest of the contents of files and folders."""
    hashed = hashlib.sha256()
    for kind, path in sorted(files.items()):
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if each.is_file():
                with each.open("rb") as file:
                    hashed.update(f"{kind} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return hashed.hexdigest()


def main() -> int:
    """Loads the files unless they are loaded already. Returns the exit code."""
    mark = Path(os.environ["LOADED_MARK"], "loaded")
    with tempfile.TemporaryDirectory() as folder:
        files = input_files(Path(folder))
        loaded = digest(files)
        before = mark.read_text().split() if mark.is_file() else []
        if loaded in before:
            print("The catalog is already loaded.")
            return 0
        if before:
            print("Adding to earlier data. To delete that first, run: docker compose down --volumes")
        arguments = [part for kind, path in files.items() for part in (f"--{kind}", str(path))]
        command = [sys.executable, "-m", "catalog", "load", "--demo-dates", *arguments]
        code = subprocess.run(command, check=False).returncode
    if code == 0:
        mark.write_text("\n".join([*before, loaded]))
    return code


if __name__ == "__main__":
    sys.exit(main())
