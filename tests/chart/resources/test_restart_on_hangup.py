import signal
import subprocess
import sys
from pathlib import Path

from tests.chart.manifests import only
from tests.chart.rendering import CHART, CI, ROOT, Helm

SCRIPT = (CHART / "files/restart_on_hangup.py").read_text()


def test_sighup_restarts_changed_code_in_the_same_process(tmp_path: Path) -> None:
    module = tmp_path / "service.py"

    def write(version: int) -> None:
        module.write_text(
            f"import os, sys, time\nprint({version}, os.getpid(), *sys.argv[1:], flush=True)\ntime.sleep(60)\n"
        )

    write(1)
    with subprocess.Popen(
        [sys.executable, "-B", "-c", SCRIPT], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split() == ["1", str(process.pid), "serve"]
        write(2)
        process.send_signal(signal.SIGHUP)
        assert process.stdout.readline().split() == ["2", str(process.pid), "serve"]
        process.terminate()


def test_skaffold_restarts_the_service_in_development_only(helm: Helm) -> None:
    for sync in (True, False):
        resources = helm.template(CI["default"], overrides={"development": {"syncCode": sync}})
        container = only(resources, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        assert ("command" in container) is sync
        assert ("args" in container) is not sync
        if sync:
            assert container["command"] == ["python", "-c", SCRIPT]
            assert container["workingDir"] == "/code"
    assert "os.kill(1, signal.SIGHUP)" in (ROOT / "skaffold.yaml").read_text()
