"""What is done with a body over the limit."""

from django.http import HttpRequest

LARGEST = 32 * 1024 * 1024  # bytes; the proxy lets less through
PIECE = 64 * 1024


def throw_away(request: HttpRequest) -> None:
    """Read the rest of the body and forget it: a browser that is still sending when it is refused sees no page."""
    for _ in range(LARGEST // PIECE):
        if not request.read(PIECE):
            return
