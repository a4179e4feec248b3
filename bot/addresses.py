"""Which addresses in the settings this program will speak to with its secrets."""

from __future__ import annotations

from urllib.parse import urlsplit

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def is_private_line(url: str) -> bool:
    """
    Whether nobody on the way can read along: https, or plain http to this machine.

    The host is compared whole, so that http://localhost.elsewhere.example and
    http://127.0.0.1:x@elsewhere.example are what they are: another machine.
    """
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not parts.hostname or not port_fits or any(sign.isspace() or ord(sign) < 32 for sign in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
