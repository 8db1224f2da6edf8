"""Compile the translations without gettext's own tools, which a fresh machine does not have."""

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent


def compile_translations(root: Path) -> int:
    """Write each .mo that is older than its .po; the number written. Fuzzy entries stay out, as in msgfmt."""
    written = 0
    for source in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        stamp = source.stat().st_mtime_ns
        with source.open("rb") as text:
            catalog = read_po(text)
        part = target.with_suffix(f".mo.{os.getpid()}")
        with part.open("wb") as binary:
            write_mo(binary, catalog)
        os.utime(part, ns=(stamp, stamp))
        part.replace(target)
        written += 1
    return written


if __name__ == "__main__":
    if compile_translations(ROOT):
        sys.stdout.write("Compiled the translations.\n")
