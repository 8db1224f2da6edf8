"""Real mail servers for one test run: Dovecot for IMAP, aiosmtpd for SMTP, and certificates they show."""

from __future__ import annotations

import contextlib
import getpass
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from salesops.connectors.models import MailAccount, Security

DOVECOT = "/usr/sbin/dovecot"
PASSWORD = "geheim-口令"
STARTS_WITHIN = 20.0


class Certificates:
    """A small authority and what it signed: a certificate for 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        authority = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.authority = authority.public_bytes(serialization.Encoding.PEM).decode()
        self.good = self._sign("good", x509.IPAddress(ip_address("127.0.0.1")))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
        )

    def _sign(self, name: str, whose: x509.GeneralName) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        signed = (
            self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key)
            .add_extension(x509.SubjectAlternativeName([whose]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate, private = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return certificate, private

    def context(self, pair: tuple[Path, Path]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        return context


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    waiting = threading.Event()
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        waiting.wait(0.03)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Dovecot:
    """One IMAP server with as many mailboxes as names are used; every name has the same password."""

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        self.folder = folder
        self.certificates = certificates
        self.plain_port, self.tls_port = free_port(), free_port()

    def configuration(self) -> str:
        is_root = os.geteuid() == 0
        own = getpass.getuser()
        owner = pwd.getpwnam("nobody" if is_root else own)
        internal, login = ("dovecot", "dovenull") if is_root else (own, own)
        mails = self.folder / "mails"
        mails.mkdir()
        os.chown(mails, owner.pw_uid, owner.pw_gid)
        good = self.certificates.good
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
listen = 127.0.0.1
protocols = imap
first_valid_uid = 1
first_valid_gid = 0
default_internal_user = {internal}
default_login_user = {login}
ssl = yes
ssl_cert = <{good[0]}
ssl_key = <{good[1]}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{mails}/%u
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={mails}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.plain_port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

    @contextmanager
    def running(self) -> Iterator[Dovecot]:
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(self.configuration(), encoding="utf-8")
        server = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            until(lambda: answers(self.plain_port) or server.poll() is not None, STARTS_WITHIN, "Dovecot answers")
            assert server.poll() is None, server.stderr.read().decode() if server.stderr else ""
            yield self
        finally:
            server.terminate()
            server.wait(10)

    def mailbox(self, name: str) -> Postbox:
        return Postbox(self, name)

    def account(self, postbox: Postbox, **fields: object) -> MailAccount:
        """An account of the product that reads this mailbox over TLS."""
        made = MailAccount(
            **{
                "name": f"Orders {uuid4().hex[:6]}",
                "address": "orders@example.cn",
                "imap_host": "127.0.0.1",
                "imap_port": self.tls_port,
                "imap_security": Security.TLS,
                "username": postbox.name,
                "ca_certificate": self.certificates.authority,
                **fields,
            }
        )
        made.password = PASSWORD
        made.save()
        return made


class Postbox:
    """The postman's side of one mailbox."""

    def __init__(self, server: Dovecot, name: str) -> None:
        self.name = name
        self.imap = imaplib.IMAP4("127.0.0.1", server.plain_port, timeout=10)
        self.imap.authenticate("PLAIN", lambda _: f"\0{name}\0{PASSWORD}".encode())

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        for raw in mails:
            state, said = self.imap.append(folder, None, None, raw)
            assert state == "OK", said

    def seen(self, folder: str = "INBOX") -> int:
        self.imap.select(folder, readonly=True)
        found = self.imap.uid("SEARCH", "SEEN")[1][0].split()
        self.imap.unselect() if "UNSELECT" in self.imap.capabilities else self.imap.close()
        return len(found)


@contextmanager
def dovecot_or_skip(certificates: Certificates) -> Iterator[Dovecot]:
    """A running server; without the program a skip that says so, in CI a failure."""
    if not Path(DOVECOT).exists():
        if os.environ.get("CI"):
            pytest.fail("Dovecot is needed for the mail tests (Debian: apt-get install dovecot-imapd)")
        pytest.skip("no Dovecot: mails were not read from a real server (Debian: apt-get install dovecot-imapd)")
    # Not below pytest's own folder: Dovecot's processes run as other users and must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="salesops-dovecot-"))
    folder.chmod(0o755)
    try:
        with Dovecot(folder, certificates).running() as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class SmtpServer:
    """Takes mails, or answers what the test says."""

    def __init__(self, certificates: Certificates) -> None:
        self.certificates = certificates
        self.mails: list[bytes] = []
        self.receivers: list[list[str]] = []
        self.answers: list[str] = []  # to DATA, one a mail; afterwards yes
        self.refused: dict[str, str] = {}  # address -> answer to RCPT

    def __enter__(self) -> SmtpServer:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), authenticator=self._authenticate, auth_require_tls=False,
            auth_required=False, ssl_context=self.certificates.context(self.certificates.good),
        )  # fmt: skip
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @staticmethod
    def _authenticate(_server, _session, _envelope, _mechanism, given) -> AuthResult:
        good = given.password == PASSWORD.encode()
        return AuthResult(success=good, handled=good, message=None if good else "535 5.7.8 wrong password")

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append(envelope.content)
            self.receivers.append(envelope.rcpt_tos)
        return answer

    def account(self, **fields: object) -> MailAccount:
        made = MailAccount(
            **{
                "name": f"Sending {uuid4().hex[:6]}",
                "address": "orders@example.cn",
                "sender_name": "订单组",
                "smtp_host": "127.0.0.1",
                "smtp_port": self._controller.port,
                "smtp_security": Security.TLS,
                "username": "orders",
                "ca_certificate": self.certificates.authority,
                **fields,
            }
        )
        made.password = PASSWORD
        made.save()
        return made


class Script:
    """A server that plays one scene with each caller; how many came is counted."""

    def __init__(self, scene: Callable[[socket.socket], None]) -> None:
        self.scene = scene
        self.callers = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Script:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.callers += 1
            with caller, contextlib.suppress(OSError):
                caller.settimeout(10)
                self.scene(caller)

    def hang(self, caller: socket.socket) -> None:
        """Keep the line and say nothing until the caller leaves."""
        with contextlib.suppress(OSError):
            while caller.recv(4096):
                pass
