"""Reading a file people upload: in a child process with limits, so that no file can hurt the one who asks."""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.limits import Limits
from salesops.spreadsheets.tables import Watch, Workbook

logger = logging.getLogger(__name__)

TOO_SLOW = gettext_noop("Reading the file took longer than %(seconds)s seconds. Split it into several files.")
CHILD_DIED = gettext_noop(
    "The file could not be read: it is damaged, or it asks for more memory than allowed. "
    "Open it in Excel, save it again and upload it once more."
)
MISSING = gettext_noop("The file is not there any more. Upload it again.")
OPENING = gettext_noop("Opening the file")


def limits_in_force() -> Limits:
    """What this installation allows (settings SHEET_*)."""
    return Limits(
        packed_bytes=settings.SHEET_MAX_BYTES,
        text_bytes=settings.SHEET_MAX_TEXT_BYTES,
        unpacked_bytes=settings.SHEET_MAX_UNPACKED_BYTES,
        rows=settings.SHEET_MAX_ROWS,
        memory_bytes=settings.SHEET_CHILD_MEMORY_BYTES,
        seconds=settings.SHEET_CHILD_SECONDS,
    )


def read_file(
    path: Path | str,
    folder: Path,
    *,
    watch: Watch | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
) -> Workbook:
    """Read a sheet file, a folder of text files or a zip of them; rows are left in `folder`.

    Options: encoding (a codec of `text_files.ENCODINGS`), delimiter, header_row (as the sheet counts, 0 for none),
    hidden ("leave" to leave hidden rows out). Raises SheetRefused; whatever `watch` raises ends the child.
    """
    path = Path(path)
    if not path.exists():
        raise SheetRefused(MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    limits = limits_in_force()
    asked = {
        "path": str(path.resolve()),
        "name": name or path.name,
        "folder": str(folder.resolve()),
        "options": options or {},
        "limits": asdict(limits),
    }
    ending = _run_child(asked, limits, watch)
    logger.info("A sheet was read in %(cpu)s s of a processor and %(peak)s MB", ending["used"])
    if "refused" in ending:
        raise SheetRefused(ending["refused"], ending["values"])
    return Workbook.load(folder / "workbook.json")


def _run_child(asked: dict[str, Any], limits: Limits, watch: Watch | None) -> dict[str, Any]:
    """The child's last line; it is dead when this returns, however this ends."""
    environment = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV") if key in os.environ}
    environment |= {"PYTHONIOENCODING": "utf-8", "SHEET_PARENT": str(os.getpid())}
    child = subprocess.Popen(  # noqa: S603  # our own module, arguments as one JSON text
        [sys.executable, "-s", "-m", "salesops.spreadsheets.child", json.dumps(asked)],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        if watch is not None:
            watch(0, None, OPENING)
        return _listen(child, limits, watch)
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def _listen(child: subprocess.Popen[bytes], limits: Limits, watch: Watch | None) -> dict[str, Any]:
    assert child.stdout is not None
    deadline = time.monotonic() + limits.seconds
    pending = b""
    ending: dict[str, Any] | None = None
    last: tuple[int, int | None, str] = (0, None, OPENING)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                raise SheetRefused(TOO_SLOW, {"seconds": limits.seconds})
            ready = selector.select(timeout=0.5)
            if ready:
                piece = os.read(child.stdout.fileno(), 65536)
                if not piece:
                    break
                *lines, pending = (pending + piece).split(b"\n")
                for line in lines:
                    told = json.loads(line)
                    if "refused" in told or told.get("done") is True:
                        ending = told
                    else:
                        last = (told["done"], told["total"], told["step"])
            if watch is not None:
                watch(*last)
    if ending is None:
        child.wait(timeout=5)
        logger.warning("The reading child ended with %s", child.returncode)
        raise SheetRefused(CHILD_DIED)
    return ending
