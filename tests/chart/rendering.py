"""Renders the chart with the real helm."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "recommender"
CI = {path.name.removesuffix("-values.yaml"): path for path in sorted((CHART / "ci").glob("*-values.yaml"))}

RELEASE, NAMESPACE = "shop", "recommendations"
_SECONDS = 60

Resource = dict[str, Any]


class StrictLoader(yaml.SafeLoader):
    """Reads YAML as Kubernetes does: rejects duplicate keys, reads 1e5 as a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping of distinct keys."""
        keys = [self.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key comes twice in {keys}"
        return super().construct_mapping(node, deep)


StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+[eE][-+]?\d+$"), list("-+0123456789")
)


class Refused(Exception):
    """Helm rejected the values. The text is its message."""


@dataclass(frozen=True)
class Helm:
    """One helm executable, with a home of its own."""

    executable: Path
    home: Path

    def template(
        self,
        *files: Path,
        overrides: Mapping[str, object] | None = None,
        release: str = RELEASE,
        namespace: str = NAMESPACE,
    ) -> list[Resource]:
        """Renders a release with these values. Raises Refused."""
        arguments = [argument for file in files for argument in ("--values", str(file))]
        if overrides is not None:
            arguments += ["--values", "-"]
        text = self.run(
            "template",
            release,
            str(CHART),
            "--namespace",
            namespace,
            *arguments,
            given=json.dumps(overrides),
        )
        return [resource for resource in yaml.load_all(text, Loader=StrictLoader) if resource]

    def notes(self, *files: Path, overrides: Mapping[str, object]) -> str:
        """The text that an installation with these values prints. Raises Refused."""
        given = [argument for file in files for argument in ("--values", str(file))]
        options = ["--dry-run=client", "--namespace", NAMESPACE, *given, "--values", "-"]
        text = self.run("install", RELEASE, str(CHART), *options, given=json.dumps(overrides))
        return text.partition("NOTES:")[2]

    def run(self, *arguments: str, given: str = "") -> str:
        """Runs helm and returns its output. Raises Refused."""
        folders = {f"HELM_{name}_HOME": str(self.home / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            [str(self.executable), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **folders},
        )
        if done.returncode != 0:
            raise Refused(done.stderr + done.stdout)
        return done.stdout
