"""The network is shut in tests (tests/conftest.py)."""

import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "nowhere.example"])
def test_a_test_cannot_leave_this_machine(host, network_attempts):
    with pytest.raises(OSError, match="the network is forbidden in tests"):
        socket.create_connection((host, 80), timeout=0.1)
    assert network_attempts == [host]
    network_attempts.clear()


@pytest.mark.parametrize("name", ["connect", "connect_ex"])
def test_a_bare_socket_is_guarded_too(name, network_attempts):
    with (
        socket.socket() as plain,
        pytest.raises(OSError, match=r"tried '192\.0\.2\.1'"),
    ):
        getattr(plain, name)(("192.0.2.1", 80))
    network_attempts.clear()


def test_loopback_stays_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(("localhost", server.getsockname()[1]))
        assert client.getpeername()[0] == "127.0.0.1"


def test_unix_sockets_stay_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a unix path is short; pytest's folders are long
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen(1)
        client.connect("s")
        assert client.getpeername() == "s"
