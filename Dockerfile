# The server. `docker build .` makes the image of web, deliveries and beat; `--target runs` adds the
# browser of the runs. It needs no writable folder but /tmp and AUTOUSERS_FILES_DIR.
FROM python:3.11-slim-bookworm AS build
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement /tmp/requirements.txt

FROM python:3.11-slim-bookworm AS server
RUN useradd --system --uid 10001 --no-create-home autousers \
    && install --directory --owner autousers --mode 0700 /var/lib/autousers/files
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/autousers
COPY . .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    AUTOUSERS_FILES_DIR=/var/lib/autousers/files
RUN python -m compileall -q api autousers config evaluations ratings teams webhooks
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "ops/probe.py", "http://127.0.0.1:8000/healthz"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--worker-tmp-dir", "/tmp"]

FROM server AS runs
USER root
# Debian changes the version with each security update, and removes the one before.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends chromium fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
USER 10001
HEALTHCHECK NONE
CMD ["celery", "--app", "config", "--quiet", "worker", "-n", "runs@%h", "--queues", "runs", "--concurrency", "2"]

# The last stage is what `docker build .` makes.
FROM server
