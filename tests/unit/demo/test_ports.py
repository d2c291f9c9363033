import socket

from demo.ports import LOOPBACK, free_ports


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
