"""Behaves like pip-audit, with findings and failures from the environment.

`VULNERABLE`: names of packages. `FAILURE`: `unreachable`, `silent` (success without a report) or `partial`
(failure with a report).
"""

import json
import os
import re
import sys
from pathlib import Path

arguments = dict(zip(sys.argv[1:], [*sys.argv[2:], ""], strict=True))
failure = os.environ.get("FAILURE")
if failure == "unreachable":
    sys.stderr.write(
        "Traceback\nrequests.exceptions.ConnectionError: nobody at index.example\n\npip_audit.ServiceError\n"
    )
    sys.exit(1)
if failure == "silent":
    sys.exit(0)
text = Path(arguments["--requirement"]).read_text()
assert ("--require-hashes" in sys.argv) == ("--hash=" in text)
assert {"--disable-pip", "--strict"} <= set(sys.argv)
vulnerable = os.environ["VULNERABLE"].split()
audited = [
    {
        "name": name,
        "version": version,
        "vulns": [{"id": "TEST-1", "fix_versions": ["9.9"]}] if name in vulnerable else [],
    }
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
]
Path(arguments["--output"]).write_text(json.dumps({"dependencies": audited}))
found = any(package["vulns"] for package in audited)
sys.exit(1 if failure == "partial" else found)
