"""Every word people see: collected from the code and the templates, held against the catalogue.

Run as ``python -m tests.house.words`` it brings locale/zh_Hans up to date: new words are added without a
translation (the tests then ask for one), words nothing uses any more are dropped.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
APPS = ("salesops", "staff", "customers", "orders", "training", "kpi")
SINGLE = {"_", "gettext", "gettext_lazy", "gettext_noop", "N_"}
PLURAL = {"ngettext", "ngettext_lazy", "ngettext_noop"}
CONTEXT = {"pgettext", "pgettext_lazy"}
TEMPLATE_CALL = re.compile(
    r"\b(gettext|ngettext|pgettext|npgettext|_)\(\s*u?((?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|,|\s|u)+)", re.DOTALL
)
LITERAL = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"", re.DOTALL)


@dataclass(frozen=True)
class Word:
    """One msgid with its plural and context."""

    text: str
    plural: str = ""
    context: str = ""


@dataclass
class Found:
    """Where each word stands."""

    places: dict[Word, list[str]] = field(default_factory=dict)

    def note(self, word: Word, place: str) -> None:
        if word.text:
            self.places.setdefault(word, []).append(place)


def tracked(*suffixes: str) -> list[Path]:
    """Files of the working tree that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    paths = [ROOT / name for name in listed if name.endswith(suffixes)]
    return [path for path in paths if path.is_file() and "vendor" not in path.parts]


def sources() -> list[Path]:
    """Code whose words people can see: the apps without their tests and migrations."""
    return [
        path
        for path in tracked(".py")
        if path.relative_to(ROOT).parts[0] in APPS and not {"tests", "migrations"} & set(path.parts)
    ]


def templates() -> list[Path]:
    """Every template: pages, mails and text."""
    return [path for path in tracked(".html", ".txt") if "templates" in path.parts]


def _constant(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def collect() -> Found:
    """All words of the product."""
    found = Found()
    for path in sources():
        _collect_code(path, found)
    for path in templates():
        _collect_template(path, found)
    return found


def _collect_code(path: Path, found: Found) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [_constant(argument) for argument in node.args]
        place = f"{path.relative_to(ROOT)}:{node.lineno}"
        if name in SINGLE and texts and texts[0]:
            found.note(Word(texts[0]), place)
        elif name in PLURAL and len(texts) > 1 and texts[0] and texts[1]:
            found.note(Word(texts[0], plural=texts[1]), place)
        elif name in CONTEXT and len(texts) > 1 and texts[0] and texts[1]:
            found.note(Word(texts[1], context=texts[0]), place)


def _collect_template(path: Path, found: Found) -> None:
    place = str(path.relative_to(ROOT))
    for call in TEMPLATE_CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=place)):
        texts = [ast.literal_eval(literal.group(0)) for literal in LITERAL.finditer(call.group(2))]
        if call.group(1) in ("gettext", "_"):
            found.note(Word(texts[0]), place)
        elif call.group(1) == "ngettext":
            found.note(Word(texts[0], plural=texts[1]), place)
        elif call.group(1) == "pgettext":
            found.note(Word(texts[1], context=texts[0]), place)
        else:
            found.note(Word(texts[1], plural=texts[2], context=texts[0]), place)


def entry_word(entry: polib.POEntry) -> Word:
    return Word(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def bring_up_to_date() -> tuple[int, int]:
    """Add new words and drop unused ones; returns (added, dropped)."""
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=120)
    found = collect()
    known = {entry_word(entry): entry for entry in catalogue}
    dropped = [entry for word, entry in known.items() if word not in found.places]
    for entry in dropped:
        catalogue.remove(entry)
    added = [word for word in found.places if word not in known]
    for word in added:
        entry = polib.POEntry(msgid=word.text, msgid_plural=word.plural or None, msgctxt=word.context or None)
        if word.plural:
            entry.msgstr_plural = {0: ""}
        if "%(" in word.text:
            entry.flags.append("python-format")
        catalogue.append(entry)
    catalogue.sort(key=lambda entry: (entry.msgid.lower(), entry.msgctxt or ""))
    catalogue.save(str(CATALOGUE))
    return len(added), len(dropped)


if __name__ == "__main__":
    new, old = bring_up_to_date()
    sys.stdout.write(f"{new} words added, {old} dropped\n")
