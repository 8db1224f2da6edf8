"""One search for everything: each room registers where to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salesops.chinese import pinyin_initials
from salesops.web.navigation import permitted_commands, permitted_items

Text = str | Promise


@dataclass(frozen=True)
class Hit:
    """One thing found: the words of its line, a second quieter line, where it leads."""

    label: Text
    detail: Text
    url: str
    icon: str = "search"


@dataclass(frozen=True)
class Source:
    """A place to look. ``find(person, text, limit)`` returns at most ``limit`` hits the person may see."""

    name: str
    label: Text
    find: Callable[[Any, str, int], list[Hit]]
    order: int = 100


@dataclass(frozen=True)
class HitGroup:
    name: str
    label: Text
    hits: list[Hit]


_sources: dict[str, Source] = {}


def register_source(source: Source) -> None:
    """Add a place to look; called in an app's ``panels.py``. The same name again replaces the earlier one."""
    _sources[source.name] = source


def search(person: Any, text: str, limit: int) -> list[HitGroup]:
    """What every source finds, at most ``limit`` hits each; sources without a hit are left out.

    Where the first word typed is the beginning of a command, commands come first, else last.
    """
    wanted = " ".join(text.split())
    if not wanted:
        return []
    groups = [
        HitGroup(source.name, source.label, source.find(person, wanted, limit)[:limit])
        for source in sorted(_sources.values(), key=lambda source: source.order)
    ]
    groups.append(HitGroup("commands", _("Go to"), find_commands(person, wanted, limit)))
    return [group for group in groups if group.hits]


def find_commands(person: Any, text: str, limit: int) -> list[Hit]:
    """Deeds and pages whose words, or their pinyin initials, contain what was typed; an empty text finds the deeds."""
    wanted = text.casefold()
    deeds = [(command.label, command.words, url, command.icon) for command, url in permitted_commands(person)]
    pages = [(item.label, "", url, item.icon) for item, url in permitted_items(person)]
    found = [
        Hit(label, "", url, icon)
        for label, words, url, icon in (deeds + pages if wanted else deeds)
        if wanted in f"{label} {words} {pinyin_initials(str(label))}".casefold()
    ]
    return found[:limit]
