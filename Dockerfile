# One image for every process; the word after it says which: docker run gumshoe worker
# Bases are pinned by version. To pin what a tag was on the day you looked, too:
#   docker build --build-arg BASE=python:3.11.14-slim-bookworm@sha256:... .
ARG BASE=python:3.11.14-slim-bookworm

# Wheels only, each with its hash. Neither pip nor anything that builds reaches the last stage.
FROM ${BASE} AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt
COPY core core
COPY collectors collectors
COPY tasks tasks
COPY bot bot
RUN python -m compileall -q /app

# Flower, which looks into the queue; it holds none of our code. docker build --target flower .
FROM ${BASE} AS flower-build
WORKDIR /flower
COPY deploy/flower/requirements.txt ./
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

FROM ${BASE} AS flower
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN pip uninstall --yes --quiet pip setuptools wheel && rm -rf /usr/local/lib/python3.11/ensurepip
COPY --from=flower-build /venv /venv
WORKDIR /flower
COPY deploy/flower/celeryconfig.py deploy/flower/flowerconfig.py ./
USER 10002
EXPOSE 5555
CMD ["python", "-m", "celery", "flower"]

FROM ${BASE} AS gumshoe
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Gumshoe" \
      org.opencontainers.image.description="A chat-ops bot for team investigations" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11.14-slim-bookworm"
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ENV_FILE= CREDENTIALS_DIRECTORY=/run/secrets DATA_DIR=/data HTTP_HOST=0.0.0.0 PULSE_FILE=/tmp/pulse
# ExifTool reads the files that people share.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends 'libimage-exiftool-perl=12.57*' \
 && rm -rf /var/lib/apt/lists/* \
 && pip uninstall --yes --quiet pip setuptools wheel && rm -rf /usr/local/lib/python3.11/ensurepip \
 && useradd --system --uid 10001 --home-dir /data --create-home gumshoe
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# Nothing but /data and /tmp needs to be writable: docker run --read-only --tmpfs /tmp
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-S", "-m", "bot.alive", "/tmp/pulse", "--ready"]
ENTRYPOINT ["python", "-m", "bot.run"]
CMD ["bot"]
