"""HTML made to plain text in one pass; nothing of it is ever shown as HTML, loaded or run.

Own and small because the time must stay proportional to the length whatever stands there.
"""

from __future__ import annotations

import re
from html import unescape

BREAK = "\x01"  # the edge of a block, before it becomes a line end
TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]{0,40})")
QUOTE_OR_END = re.compile(r"[>\"']")
SPACE = re.compile(r"[ \t\r\n\f\v\u200b\ufeff]+")
HIDDEN = {"script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "textarea", "select"}
BLOCKS = {
    "p", "div", "table", "tr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "section",
    "article", "header", "footer", "form", "hr", "br", "dl", "dt", "dd", "address", "center", "body", "html",
}  # fmt: skip


def html_to_text(html: str) -> str:
    """The words a reader would see: blocks on lines of their own, cells of a table apart by tabs."""
    text = "".join(_pieces(html.replace(BREAK, "")))
    # Blocks that open and close side by side make one line end; only <br> and empty paragraphs make empty lines.
    text = re.sub(f" *{BREAK}[ {BREAK}]*", BREAK, text).replace(f"\n{BREAK}", "\n").replace(BREAK, "\n")
    lines = [re.sub(r" *\t *", "\t", line).strip(" ") for line in text.replace("\xa0", " ").split("\n")]
    kept = "\n".join(line.rstrip("\t ") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", kept).strip("\n")


def _pieces(html: str) -> list[str]:
    out: list[str] = []
    place, length, quotes_count, cells = 0, len(html), True, 0
    while place < length:
        opening = html.find("<", place)
        if opening < 0:
            out.append(_words(html[place:]))
            break
        out.append(_words(html[place:opening]))
        if html.startswith("<!--", opening):
            end = html.find("-->", opening + 4)
            place = length if end < 0 else end + 3
            continue
        found = TAG.match(html, opening)
        if found is None and html[opening + 1 : opening + 2] not in ("!", "?"):
            out.append("<")
            place = opening + 1
            continue
        end, quotes_count = _end_of_tag(html, opening + 1, quotes_count)
        if end < 0:
            break  # a tag that never closes hides the rest, as in a browser
        place = end + 1
        if found is None:
            continue
        name, closes = found.group(1).lower(), html[opening + 1] == "/"
        if name in HIDDEN and not closes and html[end - 1] != "/":
            place = _after_hidden(html, name, place)
        elif name in ("td", "th"):
            cells = 0 if closes else cells + 1
            out.append("\t" if closes else "")
        elif name in BLOCKS:
            out.append("\n" if name == "br" else BREAK)
    return out


def _words(text: str) -> str:
    return SPACE.sub(" ", unescape(text)) if text else ""


def _end_of_tag(html: str, place: int, quotes_count: bool) -> tuple[int, bool]:
    """Where the tag closes. Once a quote was left open, quotes no longer count: else time would be squared."""
    start = place
    while quotes_count:
        found = QUOTE_OR_END.search(html, place)
        if found is None:
            break
        if found.group() == ">":
            return found.start(), True
        place = html.find(found.group(), found.end()) + 1
        if place == 0:
            break
    return html.find(">", start), False


def _after_hidden(html: str, name: str, place: int) -> int:
    found = re.compile(rf"</{name}\b[^>]{{0,200}}>?", re.IGNORECASE).search(html, place)
    return found.end() if found else len(html)
