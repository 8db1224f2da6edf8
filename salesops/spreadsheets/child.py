"""The throw-away process that reads one file: little memory, little time, no network, no Django.

Whatever a hostile file does to the parser happens here. The parent gives one JSON argument and gets
lines of JSON on standard output: progress while it runs, at last ``{"done": true}`` or the refusal, with what it took
of the machine.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from salesops.spreadsheets.faults import SheetRefused, gettext_noop
from salesops.spreadsheets.limits import Limits
from salesops.spreadsheets.opening import read_all

NO_MEMORY = gettext_noop(
    "Reading the file took more memory than allowed. Save only the sheet that is needed as a new file."
)
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")


def tell(message: dict[str, Any]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def used() -> dict[str, Any]:
    """What this process took of the machine: seconds of a processor, megabytes at most."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    kilobytes = spent.ru_maxrss if sys.platform == "linux" else spent.ru_maxrss // 1024
    status = Path("/proc/self/status")
    if status.exists():  # the figure of getrusage begins with that of the process that started this one
        kilobytes = int(status.read_text().partition("VmHWM:")[2].split()[0])
    return {"cpu": round(spent.ru_utime + spent.ru_stime, 2), "peak": kilobytes // 1024}


def confine(limits: Limits) -> None:
    """Die with the parent, own little, reach nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() == 1 and os.environ.get("SHEET_PARENT") != "1":
            os._exit(3)  # the parent died before the line above
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event.startswith(FORBIDDEN):
            raise PermissionError(event)

    sys.addaudithook(refuse)


def main() -> None:
    """Read what the argument names and leave its tables in the folder."""
    asked = json.loads(sys.argv[1])
    limits = Limits(**asked["limits"])
    confine(limits)
    folder = Path(asked["folder"])
    try:
        workbook = read_all(Path(asked["path"]), asked["name"], folder, limits, asked["options"], tell)
    except SheetRefused as refusal:
        tell({"refused": refusal.msgid, "values": refusal.values, "used": used()})
    except MemoryError:
        tell({"refused": NO_MEMORY, "values": {}, "used": used()})
    else:
        (folder / "workbook.json").write_text(json.dumps(workbook, ensure_ascii=False), encoding="utf-8")
        tell({"done": True, "used": used()})


if __name__ == "__main__":
    main()
