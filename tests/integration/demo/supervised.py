"""A small stack for tests of its processes: `python supervised.py FOLDER BEHAVIOR`.

It starts servers with children, writes every process id into FOLDER, and waits.
"""

import sys
from pathlib import Path

from demo.processes import ProcessFailed, ProcessStack, StopRequested

SERVER = """
import os, pathlib, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
(folder / "grandchild").write_text(str(grandchild.pid))
(folder / "server").write_text(str(os.getpid()))
print("serving", flush=True)
if sys.argv[2] == "stubborn":
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / "deaf").touch()
if sys.argv[2] == "dies":
    print("the disk is full", flush=True)
    while not (folder / "die").exists():
        time.sleep(0.02)
    sys.exit(3)
time.sleep(60)
"""


def main() -> int:
    """Returns 0 when stopped, or 4 when a process failed."""
    folder, behavior = Path(sys.argv[1]), sys.argv[2]
    try:
        with ProcessStack(grace_seconds=0.5) as processes:
            command = [sys.executable, "-c", SERVER, str(folder)]
            processes.start(
                "The bystander", [*command[:3], str(folder / "bystander"), "stays"], {}, folder / "b.log"
            )
            if behavior == "job":
                processes.run("The job", [*command, "stays"], {})
            processes.start("The server", [*command, behavior], {}, folder / "server.log")
            processes.wait()
    except ProcessFailed as failure:
        sys.stdout.write(f"{failure}\n")
        return 4
    except StopRequested:
        return 0
    return 5


if __name__ == "__main__":
    sys.exit(main())
