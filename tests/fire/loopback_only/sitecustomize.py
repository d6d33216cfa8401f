"""Put on PYTHONPATH, this makes every Python process that starts refuse to speak to any machine but this one."""

import sys
from typing import Any

HERE = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None}  # noqa: S104 - names of this machine


def _only_here(event: str, told: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(told[1], tuple):
        host = told[1][0]
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = told[0].decode() if isinstance(told[0], bytes) else told[0]
    else:
        return
    if host not in HERE:
        sys.stderr.write(f"asked the network: {event} {host}\n")
        msg = f"this process may speak to this machine only, not to {host}"
        raise PermissionError(msg)


sys.addaudithook(_only_here)
