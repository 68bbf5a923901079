"""No test reaches the network: only loopback and unix sockets are open."""

import ipaddress
import socket

import pytest


class NetworkForbidden(OSError):
    """A test tried to leave this machine."""


def is_local(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def network_attempts(monkeypatch):
    """Refuse to connect anywhere else, and fail the test also when the refusal was swallowed."""
    attempts = []

    def refuse(host):
        attempts.append(host)
        raise NetworkForbidden(f"the network is forbidden in tests; tried {host!r}")

    def guarded(method):
        def connect(self, address):
            if self.family != socket.AF_UNIX and not is_local(address[0]):
                refuse(address[0])
            return method(self, address)

        return connect

    def lookup(host, *args, **kwargs):
        return real_lookup(host, *args, **kwargs) if is_local(host) else refuse(host)

    real_lookup = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    yield attempts
    assert not attempts, f"the network is forbidden in tests; tried {attempts}"
