"""Where a reply ends and the mails it answers begin, by the marks the common programs write."""

from __future__ import annotations

import re
from itertools import takewhile

LONGEST_MARK = 400
MARKS = re.compile(
    r"""^\s*(?:
      -{2,}\s*(?:original\s+message|forwarded\s+message|原始邮件|原邮件|转发邮件信息|转发的邮件|回复的(?:原)?邮件|回覆的郵件|原始郵件)\s*-*
    | -{2,}\s*(?:原始邮件|Original|Forwarded).{0,40}
    | (?:on|at)\s.{4,200}\b(?:wrote|writes)\s*[:\uff1a]
    | (?:在|於|于)\s?.{4,200}(?:写道|寫道)\s*[:\uff1a]
    | .{0,120}(?:写道|寫道)\s*[:\uff1a]
    | .{4,160}\swrote:
    | 发自我的.{0,20}原始邮件.*
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
FIELD = re.compile(
    r"^[\s>*|]*(from|sent|date|to|cc|subject|发件人|发送时间|发送日期|日期|时间|收件人|抄送|抄送人|主题|寄件者|收件者|主旨)[\s*]*[:\uff1a]",
    re.IGNORECASE,
)
FIRST_FIELD = re.compile(r"^[\s>*|]*(from|发件人|寄件者)[\s*|]*[:\uff1a|]", re.IGNORECASE)
RULE = re.compile(r"^\s*(?:_{10,}|-{20,}|={20,})\s*$")


def split_reply(text: str) -> tuple[str, str]:
    """What the sender wrote now, and the mails below it. Where nothing stands above, all of it is new."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if _begins(lines, place, line[:LONGEST_MARK]):
            above = "\n".join(lines[:place]).strip()
            if not above:
                return text.strip("\n"), ""
            return above, "\n".join(lines[place:]).strip("\n")
    return text.strip("\n"), ""


def _begins(lines: list[str], place: int, line: str) -> bool:
    if not line.strip():
        return False
    if RULE.match(line):
        following = [one[:LONGEST_MARK] for one in lines[place + 1 : place + 4] if one.strip()]
        return bool(following) and FIRST_FIELD.match(following[0]) is not None
    if FIRST_FIELD.match(line):
        block = takewhile(str.strip, lines[place : place + 7])
        return sum(FIELD.match(one[:LONGEST_MARK]) is not None for one in block) >= 3
    if line.lstrip().startswith(">"):
        return all(not one.strip() or one.lstrip().startswith(">") for one in lines[place : place + 3])
    return MARKS.match(line) is not None
