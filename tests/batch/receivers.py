"""Servers that take messages: of e-mail and webhooks, on the loopback, with faults to order."""

from __future__ import annotations

import base64
import http.server
import shutil
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class Certificate(NamedTuple):
    """A certificate for localhost that signs itself, and its key."""

    file: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.file, self.key)
        return made


def certificate(folder: Path) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.fail("openssl is missing: install openssl")
    made = Certificate(folder / "ca.pem", folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-addext", "keyUsage=digitalSignature,keyCertSign",
         "-keyout", made.key, "-out", made.file],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


@dataclass
class Box:
    """What came to a server: letters or bodies, and how it behaves."""

    port: int = 0
    came: list[Any] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    tries: int = 0
    faults: list[str] = field(default_factory=list)
    """What goes wrong with one try after the other; nothing once there is none left."""

    def fault(self) -> str:
        self.tries += 1
        return self.faults.pop(0) if self.faults else ""


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as smtplib speaks."""

    box: Box
    tls: ssl.SSLContext | None
    password: str

    def handle(self) -> None:
        try:
            self._talk(self.box.fault())
        except (OSError, ValueError):
            return

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _talk(self, fault: str) -> None:
        if fault == "silent":
            time.sleep(1.5)
            return
        if fault == "drop":
            return
        self._say(*(["421 try later"] if fault == "later" else ["220 localhost"]))
        secure = isinstance(self.request, ssl.SSLSocket)
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                more = ["250-STARTTLS"] if self.tls and not secure and fault != "plain" else []
                self._say("250-localhost", *more, "250 AUTH PLAIN")
            elif word == "STARTTLS" and self.tls:
                self._say("220 go on")
                self.request = self.tls.wrap_socket(self.request, server_side=True)
                self.setup()
                secure = True
            elif word == "AUTH":
                _, user, word = base64.b64decode(line.split()[2]).decode().split("\0")
                self.box.logins.append((user, word))
                is_right = word == self.password
                self._say("235 welcome" if is_right else f"535 no: {line.split()[2]} {word}")
            elif word == "RCPT":
                self._say("550 unknown" if fault == "unknown" else "250 ok")
            elif word == "DATA":
                self._say("354 go on")
                self._take()
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = list[bytes]()
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.box.came.append(b"".join(lines))
        self._say("250 kept")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def mail_server(
    tls: Certificate | None = None, *, at_once: bool = False, password: str = ""
) -> Iterator[Box]:
    """Yield what comes to a server for e-mail; `at_once` it speaks TLS from the beginning."""
    box = Box()
    context = tls.context() if tls else None
    told = {"box": box, "tls": context, "password": password}
    handler = type("Handler", (_Mail,), told)
    with _serving(socketserver.ThreadingTCPServer, handler, context if at_once else None, box):
        yield box


@contextmanager
def web_server(tls: Certificate | None = None) -> Iterator[Box]:
    """Yield what comes to a server for webhooks."""
    box = Box()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fault = box.fault()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if fault == "drop":
                return
            if fault == "silent":
                time.sleep(1.5)
                return
            if fault == "drops":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                for _ in range(40):
                    time.sleep(0.1)
                    self.wfile.write(b"x")
                    self.wfile.flush()
                return
            status = int(fault) if fault.isdigit() else 200
            if status == 200:
                box.came.append((self.path, dict(self.headers), body))
            said = f"said {self.path} {self.headers.get('Authorization')}".encode()
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", f"http://127.0.0.1:{box.port}/elsewhere")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

    with _serving(http.server.ThreadingHTTPServer, Handler, tls and tls.context(), box):
        yield box


@contextmanager
def _serving(
    kind: type[socketserver.TCPServer], handler: Any, tls: ssl.SSLContext | None, box: Box
) -> Iterator[None]:
    class Server(kind):  # type: ignore[misc, valid-type]
        daemon_threads = True

        def get_request(self) -> Any:
            found, address = super().get_request()
            found.settimeout(10)
            if tls is None:
                return found, address
            return tls.wrap_socket(found, server_side=True), address

        def handle_error(self, *_: object) -> None:
            return

    with Server(("127.0.0.1", 0), handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
