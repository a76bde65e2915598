"""Ends a Python process that tries to use the network. Put this folder on PYTHONPATH."""

import os
import sys

CONNECTING = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname")


def forbid_network(event: str, arguments: tuple[object, ...]) -> None:
    if event in CONNECTING and not isinstance(arguments[-1], (str, bytes)):  # paths are local
        sys.stderr.write(f"NETWORK: {event} {arguments!r}\n")
        sys.stderr.flush()
        os._exit(99)


sys.addaudithook(forbid_network)
