"""Stand-in for the nodes of a control plane without any, for `NODES=stand-in tests/cluster/run.sh`.

Nodes report as ready, and their pods as running, but no program of a pod runs. A container is ready after
`READY_SECONDS`. A pod that ends by itself succeeds, or fails as an indexer does if its settings name the host
`nowhere`. It needs kubectl, and ends with its parent.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

NODES = ("stand-in-1", "stand-in-2")
READY_SECONDS = 3.0
FAILED = 3
"""Exit code of a build that publishes nothing."""

_PERIOD_SECONDS = 1.0
_HEARTBEAT_SECONDS = 10.0

Object = dict[str, Any]


class Api:
    """The API server, through `kubectl proxy`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def call(self, method: str, path: str, body: Object | None = None, kind: str = "json") -> Object:
        """Returns the answer, or nothing for an object that is gone or was changed."""
        content = f"application/{kind}"
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": content, "accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: Object = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code in (404, 409):
                return {}
            raise SystemExit(f"error: {method} {path} got {error.code}: {error.read().decode()}") from None


@contextmanager
def proxy() -> Iterator[Api]:
    """Access to the cluster of the current kubectl context."""
    with subprocess.Popen(["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"127\.0\.0\.1:\d+", line)
        if address is None:
            raise SystemExit(f"error: kubectl proxy said {line!r}")
        try:
            yield Api(f"http://{address[0]}")
        finally:
            process.terminate()


def now() -> str:
    """The current time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def register(api: Api, name: str) -> None:
    """Creates a node."""
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}
    api.call("POST", "/api/v1/nodes", body)


def report(api: Api, name: str) -> None:
    """Reports a node as ready, with room for pods."""
    room = {"cpu": "16", "memory": "64Gi", "ephemeral-storage": "100Gi", "pods": "110"}
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "StandIn",
        "lastHeartbeatTime": now(),
        "lastTransitionTime": now(),
    }
    addresses = [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name}]
    body = {"status": {"capacity": room, "allocatable": room, "conditions": [ready], "addresses": addresses}}
    api.call("PATCH", f"/api/v1/nodes/{name}/status", body, "strategic-merge-patch+json")


def seconds_since(time_of: str) -> float:
    """Age of a time as Kubernetes writes it."""
    return (datetime.now(UTC) - datetime.fromisoformat(time_of)).total_seconds()


def ends_by_itself(pod: Object) -> bool:
    """True for a pod of a job or test."""
    return bool(pod["spec"]["restartPolicy"] != "Always")


def exit_code(api: Api, pod: Object) -> int:
    """Exit code of the pod's programs, `FAILED` if a setting names the host `nowhere`."""
    namespace = pod["metadata"]["namespace"]
    settings = ""
    for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
        settings += json.dumps(container.get("env", []))
        for source in container.get("envFrom", []):
            name = source.get("configMapRef", {}).get("name")
            if name:
                settings += json.dumps(api.call("GET", f"/api/v1/namespaces/{namespace}/configmaps/{name}"))
    return FAILED if "//nowhere" in settings else 0


def container_statuses(containers: list[Object], state: Object, ready: bool) -> list[Object]:
    """States of containers of a pod, which are all the same."""
    return [
        {
            "name": one["name"],
            "image": one["image"],
            "imageID": "",
            "restartCount": 0,
            "ready": ready,
            "started": ready,
            "state": state,
        }
        for one in containers
    ]


def status(pod: Object, phase: str, ready: bool, state: Object) -> Object:
    """The status of a pod in which all containers have one state."""
    began = pod.get("status", {}).get("startTime", now())
    held = {"Initialized": True, "PodScheduled": True, "ContainersReady": ready, "Ready": ready}
    conditions = [
        {"type": kind, "status": str(value), "lastTransitionTime": now()} for kind, value in held.items()
    ]
    done = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": began, "finishedAt": now()}}
    statuses = {"containerStatuses": container_statuses(pod["spec"]["containers"], state, ready)}
    if first := pod["spec"].get("initContainers"):
        statuses["initContainerStatuses"] = container_statuses(first, done, True)
    address = f"10.244.0.{int(pod['metadata']['uid'][:2], 16)}"
    return {
        "phase": phase,
        "startTime": began,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "hostIP": "127.0.0.1",
        "conditions": conditions,
        **statuses,
    }


def follow(api: Api, pod: Object) -> None:
    """Takes a pod one step further, as its kubelet would."""
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
    if "deletionTimestamp" in metadata:
        api.call("DELETE", path, {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}})
        return
    phase = pod["status"].get("phase", "Pending")
    running = {"running": {"startedAt": now()}}
    if phase == "Pending":
        after = status(pod, "Running", False, running)
    elif phase != "Running" or seconds_since(pod["status"]["startTime"]) < READY_SECONDS:
        return
    elif ends_by_itself(pod):
        code = exit_code(api, pod)
        ended = {
            "terminated": {
                "exitCode": code,
                "reason": "Error" if code else "Completed",
                "startedAt": pod["status"]["startTime"],
                "finishedAt": now(),
            }
        }
        after = status(pod, "Failed" if code else "Succeeded", False, ended)
    elif all(one["ready"] for one in pod["status"]["containerStatuses"]):
        return
    else:
        after = status(pod, "Running", True, running)
    api.call("PATCH", f"{path}/status", {"status": after}, "strategic-merge-patch+json")


def main() -> None:
    """Registers the nodes, and follows their pods until the parent ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # ends the proxy, too
    parent, reported = os.getppid(), 0.0
    with proxy() as api:
        for name in NODES:
            register(api, name)
        while os.getppid() == parent:
            if time.monotonic() - reported >= _HEARTBEAT_SECONDS:
                for name in NODES:
                    report(api, name)
                reported = time.monotonic()
            pods = api.call("GET", "/api/v1/pods").get("items", [])
            for pod in pods:
                if pod["spec"].get("nodeName") in NODES:
                    follow(api, pod)
            time.sleep(_PERIOD_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
