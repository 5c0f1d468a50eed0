"""Sign-in with a national eID by OpenID Connect: django-allauth's provider, made as strict as the standard allows."""
