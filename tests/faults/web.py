"""A real web process on the test's own database, and what a browser sends to it."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

from django.test import Client

from staff.models import User
from tests.faults.workers import ROOT, Broker, until

TOKEN = "t" * 32


class Web:
    """The web process at one address; it can be killed and started again there."""

    def __init__(self, broker: Broker, user: User) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._broker = broker
        client = Client()
        client.force_login(user)
        signed_in = "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())
        self._headers = {"Cookie": f"{signed_in}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}

    @contextmanager
    def running(self, failpoints: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """The process, listening; it is gone at the end."""
        armed = {"SALESOPS_FAILPOINTS": failpoints} if failpoints else {}
        command = [sys.executable, "-m", "salesops.serving.web", "--host", "127.0.0.1", "--port", str(self.port)]
        with (self._broker.folder / "web.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**self._broker.environment(), **armed}, stdout=log, stderr=log
            )
        try:
            until(self._listens, 30, "the web process listens")
            yield process
        finally:
            process.kill()
            process.wait(10)

    def get(self, path: str) -> tuple[int, str]:
        """The status and the text of a page."""
        return self.ask("GET", path)

    def post(self, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status and where it leads (else the text)."""
        return self.ask("POST", path, body, headers)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """One request on a connection of its own; (0, "") where the server died over it."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, body, {**self._headers, **(headers or {})})
            answer = line.getresponse()
            return answer.status, answer.getheader("Location") or answer.read().decode()
        except (http.client.HTTPException, OSError):
            return 0, ""
        finally:
            line.close()

    def begin(self, path: str, body: bytes, headers: Mapping[str, str], *, sent: int) -> http.client.HTTPConnection:
        """A post of which only the first bytes arrive."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.putrequest("POST", path)
        for name, value in {**self._headers, **headers, "Content-Length": str(len(body))}.items():
            line.putheader(name, value)
        line.endheaders(body[:sent])
        return line

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def a_form(name: str, content: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a form with one file, as a browser sends it."""
    edge = uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n' for key, text in fields.items()
    ]
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = "".join([*parts, head]).encode() + content + f"\r\n--{edge}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={edge}"}
