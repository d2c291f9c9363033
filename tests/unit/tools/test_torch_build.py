import json
import sys
from pathlib import Path

import pytest

from tools.torch_build import CPU_INDEX, VERSION, NoCpuBuild, find, gpu_packages

FOLDER = Path(__file__).parent
CPU, GPU = FOLDER / "reports" / "cpu.json", FOLDER / "reports" / "gpu.json"


def pip(report: Path | str) -> list[str]:
    return [sys.executable, str(FOLDER / "stand_in_pip.py"), str(report)]


def test_cpu_build_comes_from_the_index_of_cpu_builds() -> None:
    assert find(pip(CPU), "", "")[:2] == ("--index-url", CPU_INDEX)
    *index, build = find(pip(CPU), "https://mirror.example/cpu", "")
    assert index[1] == "https://mirror.example/cpu"
    assert build == f"torch=={VERSION}+cpu"


def test_default_index_of_pip_is_used_when_the_index_of_cpu_builds_is_unreachable() -> None:
    assert find(pip(CPU), "https://unreachable.example", "") == (f"torch=={VERSION}+cpu",)


def test_given_wheel_is_the_only_source() -> None:
    assert find(pip(CPU), "https://mirror.example/cpu", "/somewhere/torch.whl") == ("/somewhere/torch.whl",)
    with pytest.raises(NoCpuBuild, match=r"TORCH_WHEEL=/somewhere/torch\.whl has only the GPU build"):
        find(pip(GPU), "", "/somewhere/torch.whl")


def test_gpu_build_is_rejected_with_the_ways_out() -> None:
    with pytest.raises(NoCpuBuild, match="only the GPU build") as rejected:
        find(pip(GPU), "", "")
    for way in (CPU_INDEX, "TORCH_INDEX", "TORCH_WHEEL", "PYTHON="):
        assert way in str(rejected.value)


def test_other_version_is_rejected(tmp_path: Path) -> None:
    report = json.loads(CPU.read_text())
    report["install"][0]["metadata"]["version"] = "2.12.0+cpu"
    other = tmp_path / "report.json"
    other.write_text(json.dumps(report))
    with pytest.raises(NoCpuBuild, match=r"has torch 2\.12\.0\+cpu"):
        find(pip(other), "", "")


def test_missing_network_is_told_apart_from_a_missing_build() -> None:
    with pytest.raises(NoCpuBuild, match=r"cannot be reached\. Check the network") as error:
        find(pip("no network"), "", "")
    assert "has no torch" not in str(error.value)


def test_missing_build_is_an_error() -> None:
    with pytest.raises(NoCpuBuild, match=rf"has no torch {VERSION} for this Python\."):
        find(pip("nothing"), "", "")


@pytest.mark.parametrize(
    ("requirement", "found"),
    [
        ("NVIDIA_cublas_cu13==13.0", ["nvidia-cublas-cu13"]),
        ("pytorch-triton>=3", ["pytorch-triton"]),
        (f'triton==3.7.1; sys_platform == "{sys.platform}"', ["triton"]),
        ('triton==3.7.1; sys_platform == "elsewhere"', []),
        ('nvidia-x; extra == "cuda"', []),
        ("numpy", []),
    ],
)
def test_gpu_requirement_counts_where_it_applies(requirement: str, found: list[str]) -> None:
    assert gpu_packages([requirement]) == found
