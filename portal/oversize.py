"""What is done with a body over the limit."""

from django.http import HttpRequest

LARGEST = 205 * 1000 * 1000  # bytes; the proxy lets no more through (deploy/Caddyfile)
PIECE = 64 * 1024


def throw_away(request: HttpRequest) -> None:
    """Read the rest of the body and forget it: a browser that is still sending when it is refused sees no page."""
    for _ in range(LARGEST // PIECE):
        if not request.read(PIECE):
            return
