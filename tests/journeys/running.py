"""The running product and a real browser, for the journeys and for the pictures of the product."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = ROOT.parent / "shared"
PASSWORD = "neiqin-2026-demo"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


class Product:
    """The running product."""

    def __init__(self, port: int, var: Path) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.var = var

    def manage(self, *words: str, text: str = "") -> str:
        """Run a command of manage.py on this product's own data; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            check=False, cwd=ROOT, env=_environment(self.var), input=text, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def lay_out(self, scene: str, **values: Any) -> dict[str, Any]:
        """Make what a journey begins with, by the product's own deeds; see tests.journeys.scenes."""
        code = f"from tests.journeys.scenes import play; play({scene!r}, {json.dumps(values)!r})"
        return json.loads(self.manage("shell", "--no-imports", "-c", code))

    def health(self) -> dict[str, str]:
        """What /healthz says, whatever its status."""
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)


def _environment(var: Path) -> dict[str, str]:
    """The product's own settings and data, and leave to read mail from servers of this machine."""
    ours = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "SALESOPS_VAR": str(var), "CONNECTOR_ALLOWED_NETWORKS": "127.0.0.0/8"}


@contextlib.contextmanager
def running_product(var: Path) -> Iterator[Product]:
    """The demo company in an empty folder, started by the same supervisor as script/server --demo, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (var / "journey.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "salesops.serving", "--demo", "--port", str(port)],
        cwd=ROOT, env=_environment(var), stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    running = Product(port, var)
    try:
        _wait_until_healthy(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def _wait_until_healthy(running: Product, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    last: object = None
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, ValueError):
            last = running.health()
            if isinstance(last, dict) and {last.get("web"), last.get("database"), last.get("worker")} == {"ok"}:
                return
        time.sleep(0.3)
    raise AssertionError(f"the product did not come up: {last}\n{(running.var / 'journey.log').read_text()[-3000:]}")


@contextlib.contextmanager
def running_browser(language: str = "en-US") -> Iterator[Browser]:
    """Debian's Chromium (CHROMIUM names another); the language is that of its own words, such as those of date fields."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", f"--lang={language}"]  # fmt: skip
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=arguments, env={**os.environ, "LANGUAGE": language.replace("-", "_")}
        )
        yield chromium
        chromium.close()


class Desk:
    """A browser window of one person; whatever goes wrong in a page fails the test at its end."""

    def __init__(self, product: Product, context: BrowserContext) -> None:
        self.product = product
        self.context = context
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        self.page.on("response", self._on_response)

    def _on_console(self, message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _on_response(self, response) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} {response.url}")

    def go(self, path: str) -> Page:
        """Open a page of the product."""
        self.page.goto(self.product.address + path)
        return self.page

    def sign_in(self, username: str, password: str = PASSWORD) -> Page:
        """Through the form, as people do."""
        self.go("/sign-in/")
        self.page.locator("input[name=username]").fill(username)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("main form button.btn-primary").click()
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)
        return self.page
