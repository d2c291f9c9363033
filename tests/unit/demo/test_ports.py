import socket
from pathlib import Path

import pytest

from demo.ports import LOOPBACK, free_ports, reserved_ports


def test_preferred_port_is_used_when_free(free_port: int) -> None:
    assert free_ports({"service": free_port}) == {"service": free_port}


def test_occupied_port_is_replaced_by_another() -> None:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        occupied = listener.getsockname()[1]
        chosen = free_ports({"service": occupied, "catalog": occupied})
    assert occupied not in chosen.values()
    assert len(set(chosen.values())) == 2


def test_second_demo_gets_other_ports_before_the_first_one_listens(
    free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    preferred = {"service": free_port}
    with reserved_ports(preferred) as first, reserved_ports(preferred) as second:
        assert first == preferred
        assert second != preferred
    with reserved_ports(preferred) as again:
        assert again == preferred
