"""The port that the bot listens on: taken hold of before anything else is begun."""

from __future__ import annotations

import errno
import socket

from core.errors import BadSetting

MEANINGS = {
    errno.EADDRINUSE: (
        "Port {port} on {host} is taken: another process listens there, perhaps another bot of mine. Find it with "
        "`ss -ltnp 'sport = :{port}'` and stop it, or set HTTP_PORT to a free one (0: any)."
    ),
    errno.EACCES: "Port {port} needs rights that I should not have. Set HTTP_PORT to one above 1023.",
    errno.EADDRNOTAVAIL: "HTTP_HOST is {host}, which is no address of this machine. 0.0.0.0 means all of them.",
}


def bound(host: str, port: int) -> socket.socket:
    """A socket that holds this place, and does not listen yet.

    Raises:
        BadSetting: it cannot be had; the sentence says why and what to do.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        held = socket.socket(family, kind, protocol)
    except OSError:
        raise BadSetting(f"HTTP_HOST is {host}, which is no address. Set it to 127.0.0.1 or 0.0.0.0.") from None
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(place)
    except OSError as error:
        held.close()
        meaning = MEANINGS.get(error.errno or 0, "I cannot listen on {host}:{port} (" + str(error.strerror) + ").")
        raise BadSetting(meaning.format(host=host, port=port)) from None
    return held
