FROM python:3.11.14-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

FROM python:3.11.14-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data HTTP_HOST=0.0.0.0
RUN useradd --system --uid 10001 --home-dir /data --create-home gumshoe
COPY --from=build /venv /venv
WORKDIR /app
COPY core core
COPY collectors collectors
COPY tasks tasks
COPY bot bot
USER 10001
VOLUME /data
EXPOSE 8080
CMD ["python", "-m", "bot", "serve"]
