# syntax=docker/dockerfile:1
# The portal's one image: web server, worker, beat and migrations differ only in their command line.

FROM node:22-bookworm-slim AS pages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY static static
RUN npm run build

# The Python that the tests run on.
FROM python:3.11-slim-bookworm AS packages
COPY requirements/production.txt /tmp/production.txt
# Wheels only: nothing is compiled here, and no package's set-up code runs.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r /tmp/production.txt

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 portal && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin portal
ENV PATH=/opt/venv/bin:$PATH \
    PORTAL_MODE=production \
    PORTAL_DATA=/srv/data \
    DJANGO_SETTINGS_MODULE=portal.settings \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/portal
COPY . .
COPY --from=pages /build/static/build static/build
# All of it belongs to root: the portal can't change its own code or static files.
RUN sh deploy/collectstatic.sh && pybabel --quiet compile --directory locale --domain django && python -m compileall -q .
# The only place on a disk that the portal may write to: files on their way wait there, sealed.
RUN mkdir --mode 700 /srv/uploads && chown portal:portal /srv/uploads
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/alive.py"]
CMD ["gunicorn", "portal.wsgi", "--config", "python:portal.gunicorn", "--bind", "0.0.0.0:8000"]
