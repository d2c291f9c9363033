import json
from pathlib import Path
from typing import Any

import pytest

from tools import torch_build

REPORTS = Path(__file__).with_name("reports")


def recorded(name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((REPORTS / f"{name}.json").read_text())
    return report


def requiring(*requirements: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    metadata = {"name": "torch", "version": torch_build.VERSION, "requires_dist": list(requirements)}
    return {"install": [{"metadata": metadata}], "environment": environment or {"platform_system": "Linux"}}


def test_the_recorded_cpu_build_is_accepted() -> None:
    build = torch_build.judge(recorded("cpu"))
    assert build.for_cpu
    assert build.version == f"{torch_build.VERSION}+cpu"
    assert build.gpu_packages == ()


def test_the_recorded_gpu_build_is_refused_and_its_packages_named() -> None:
    build = torch_build.judge(recorded("gpu"))
    assert not build.for_cpu
    assert {"cuda-toolkit", "nvidia-cudnn-cu13", "triton"} <= set(build.gpu_packages)
    sentence = torch_build.refusal(build, torch_build.sources(None, None)[1], "python3.12 (3.12)")
    assert "GPU build" in sentence
    assert "cuda-bindings" in sentence
    assert "Nothing of it was downloaded" in sentence


@pytest.mark.parametrize(
    ("requirement", "counts"),
    [
        ("nvidia-cublas-cu13==13.0", True),
        ("NVIDIA_cublas_cu13==13.0", True),
        ("pytorch-triton>=3", True),
        ('triton==3.7.1; platform_system == "Linux"', True),
        ('triton==3.7.1; platform_system == "Windows"', False),
        ('triton==3.7.1; platform_system != "Linux"', False),
        ('nvidia-x; platform_system == "Linux" and platform_machine == "aarch64"', False),
        ('nvidia-x; platform_system == "Windows" or python_version < "3.15"', True),
        ('nvidia-x; extra == "cuda"', False),
        ("numpy", False),
    ],
)
def test_a_gpu_requirement_counts_where_it_applies_and_in_doubt(requirement: str, counts: bool) -> None:
    environment = {"platform_system": "Linux", "platform_machine": "x86_64"}
    build = torch_build.judge(requiring(requirement, environment=environment))
    assert bool(build.gpu_packages) is counts


def test_another_version_is_refused_in_its_own_words() -> None:
    report = requiring()
    report["install"][0]["metadata"]["version"] = "2.12.0+cpu"
    build = torch_build.judge(report)
    assert not build.for_cpu
    assert "torch 2.12.0+cpu" in torch_build.refusal(
        build, torch_build.sources(None, None)[0], "python3 (3.11)"
    )


def test_a_report_without_torch_is_no_answer() -> None:
    with pytest.raises(ValueError, match="no torch"):
        torch_build.judge({"install": [], "environment": {}})


def test_the_index_of_cpu_builds_comes_first_and_pips_own_settings_second() -> None:
    first, second = torch_build.sources(None, None)
    assert torch_build.CPU_INDEX in first.arguments
    assert second.arguments == ()
    assert (
        "https://mirror.example/cpu" in torch_build.sources("https://mirror.example/cpu", None)[0].arguments
    )


def test_a_given_wheel_is_the_only_source() -> None:
    (only,) = torch_build.sources("https://mirror.example/cpu", "/somewhere/torch.whl")
    assert only.requirement == "/somewhere/torch.whl"
    assert only.arguments == ()


def test_the_advice_names_every_way_out() -> None:
    text = torch_build.advice(None)
    for way in (torch_build.CPU_INDEX, "TORCH_INDEX", "TORCH_WHEEL", "PYTHON="):
        assert way in text
