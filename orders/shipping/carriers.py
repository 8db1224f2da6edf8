"""What tracking numbers of well-known carriers look like: a hint while one is typed, never a condition. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier by its name, the words it is known by, its numbers, and one of them as an example.

    ``names`` and ``number`` are read by the browser too: only what Python and JavaScript read alike, without case.
    """

    name: str
    names: str
    number: str
    example: str


CARRIERS: tuple[Carrier, ...] = (
    Carrier("顺丰", r"顺丰|^s\.?f\.?( |$)|shun ?feng", r"(SF[0-9A-Z]?)?[0-9]{12,15}", "SF1385628716739"),
    Carrier("圆通", r"圆通|^yto( |$)", r"YT[0-9]{13}|[0-9A-Z]{10,12}|88[0-9A-Z]{16}", "YT8962646785389"),
    Carrier("中通", r"中通|^zto( |$)", r"[0-9]{12,15}", "73610555582883"),
    Carrier("申通", r"申通|^sto( |$)", r"[0-9]{12,15}", "773277027280336"),
    Carrier("韵达", r"韵达|yunda", r"[0-9]{13}|[0-9]{15}", "463431409940372"),
    Carrier("极兔", r"极兔|^j&t( |$)", r"JT[0-9]{13}", "JT5261988016578"),
    Carrier("京东", r"京东|^jd( |$)|^jdl( |$)", r"JD[0-9A-Z]{10,18}", "JDX024407261700"),
    Carrier("德邦", r"德邦|deppon", r"DPK[0-9]{12}|[0-9]{8,12}", "DPK202252612836"),
    Carrier("邮政", r"邮政|^ems( |$)|china post", r"[0-9]{13}|[A-Z]{2}[0-9]{9}[A-Z]{2}", "1207119765021"),
)
"""Wide on purpose: a number that is right must not be called odd, and carriers add series without telling."""


def carriers_for_page() -> str:
    """All of it as JSON, for the page that ships."""
    return json.dumps([asdict(one) for one in CARRIERS], ensure_ascii=False)
