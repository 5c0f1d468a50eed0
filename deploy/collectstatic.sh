#!/bin/sh
# Gather the static files while the image is built, with settings that are thrown away: no service is reached, no secret is kept.
set -eu

key=$(python -c 'from portal.keyring import new_key_ring; print(new_key_ring("build"))')
env -u DEBUG \
    PORTAL_MODE=production \
    PUBLIC_URL=https://build.invalid ALLOWED_HOSTS=build.invalid \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex(48))')" OFFICE_KEY_RING="$key" \
    DATABASE_URL=postgresql://build.invalid/portal KEYS_DATABASE_URL=postgresql://build.invalid/keys REDIS_URL=redis://build.invalid EMAIL_URL=smtp://build.invalid \
    DEFAULT_FROM_EMAIL=build@build.invalid \
    python manage.py collectstatic --noinput --clear
