"""The limits of nginx on docs/security/limits.md are a configuration that nginx accepts."""

import re
import subprocess
from pathlib import Path

from tests.ingress.programs import program

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security" / "limits.md"


def test_documented_limits_of_nginx_are_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```nginx\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{block}}}\n")
    command = [program("nginx"), "-t", "-e", str(tmp_path / "error.log"), "-c", str(configuration)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
