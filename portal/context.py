from django.conf import settings
from django.http import HttpRequest


def portal(_request: HttpRequest) -> dict[str, object]:
    """What every page may ask of the portal itself."""
    return {"demo": settings.DEMO, "public_url": settings.PUBLIC_URL, "country": settings.COUNTRY}
