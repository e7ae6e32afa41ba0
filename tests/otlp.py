"""A collector of traces for tests: takes OTLP over HTTP as the specification has it, and keeps what it was told."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests.servers import HOST


@dataclass(frozen=True)
class Told:
    """A span as it came in."""

    service: str
    scope: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int
    marks: dict[str, Any]
    links: tuple[tuple[str, str], ...]  # trace and span
    failed: bool
    begun: int
    ended: int
    state: str
    events: int


class Collector:
    """Listens on a free port from entering to leaving."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # http.server's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                assert self.headers["Content-Type"] == "application/x-protobuf"
                collector.bodies.append(body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self) -> list[Told]:
        """All spans told so far."""
        return [each for body in list(self.bodies) for each in _spans(body)]


def _spans(body: bytes) -> Iterable[Told]:
    for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _marks(batch.resource.attributes).get("service.name", "")
        for scoped in batch.scope_spans:
            for each in scoped.spans:
                yield Told(
                    service,
                    scoped.scope.name,
                    each.name,
                    each.trace_id.hex(),
                    each.span_id.hex(),
                    each.parent_span_id.hex(),
                    each.kind,
                    _marks(each.attributes),
                    tuple((link.trace_id.hex(), link.span_id.hex()) for link in each.links),
                    each.status.code == 2,
                    each.start_time_unix_nano,
                    each.end_time_unix_nano,
                    each.trace_state,
                    len(each.events),
                )


def _marks(attributes: Iterable[Any]) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
