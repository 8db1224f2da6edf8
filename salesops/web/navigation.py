"""The way through the work: what stands at the left of every page, and the deeds the search box offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from salesops.web.access import may_any

Text = str | Promise

GROUPS: dict[str, Text] = {
    "today": _("Today"),
    "orders": _("Orders"),
    "customers": _("Customers"),
    "service": _("Service"),
    "training": _("Training"),
    "team": _("Team"),
    "figures": _("Figures"),
    "settings": _("Settings"),
}


@dataclass(frozen=True)
class NavItem:
    """One way. ``permission`` is one permission, several of which one is enough, or None for everybody.

    ``count`` answers how many things wait for this person behind the way; 0 or None shows nothing.
    ``urgent`` paints the count as something late or wrong.
    """

    group: str
    label: Text
    url_name: str
    icon: str
    permission: str | Collection[str] | None = None
    count: Callable[[Any], int | None] | None = None
    order: int = 100
    urgent: bool = False


@dataclass(frozen=True)
class Command:
    """A deed the search box offers; ``words`` are further words people type for it, in any language."""

    label: Text
    url_name: str
    icon: str
    permission: str | Collection[str] | None = None
    words: str = ""
    order: int = 100


@dataclass(frozen=True)
class Way:
    """A NavItem as one person sees it on one page."""

    label: Text
    url: str
    icon: str
    count: int
    urgent: bool
    is_current: bool


@dataclass(frozen=True)
class WayGroup:
    key: str
    label: Text
    ways: list[Way]


COUNT_SECONDS = 30
"""How old the counts at the left may be; a person's own deed renews them at once."""

_items: dict[str, NavItem] = {}
_commands: dict[str, Command] = {}


def register_item(item: NavItem) -> None:
    """Add a way; called in ``ready()``. The same url name again replaces the earlier one. ValueError: no such group."""
    if item.group not in GROUPS:
        raise ValueError(f"no group {item.group!r} in the navigation")
    _items[item.url_name] = item


def register_command(command: Command) -> None:
    """Add a deed for the search box; called in ``ready()``."""
    _commands[f"{command.url_name} {command.label}"] = command


def is_permitted(person: Any, permission: str | Collection[str] | None) -> bool:
    """Whether the person may take a way or a command with this permission."""
    if permission is None:
        return True
    wanted = [permission] if isinstance(permission, str) else list(permission)
    return may_any(person, *wanted)


def _address(url_name: str) -> str | None:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        # A room that is not installed, or an address that went away, must not take every page down.
        return None


def permitted_items(person: Any) -> Iterator[tuple[NavItem, str]]:
    """The ways this person may take, with their addresses, in the order of the groups."""
    places = list(GROUPS)
    for item in sorted(_items.values(), key=lambda item: (places.index(item.group), item.order)):
        url = _address(item.url_name)
        if url is not None and is_permitted(person, item.permission):
            yield item, url


def permitted_commands(person: Any) -> Iterator[tuple[Command, str]]:
    """The deeds this person may start, with their addresses."""
    for command in sorted(_commands.values(), key=lambda command: command.order):
        url = _address(command.url_name)
        if url is not None and is_permitted(person, command.permission):
            yield command, url


def ways_for(person: Any, path: str) -> list[WayGroup]:
    """What stands at the left for this person on the page at ``path``; groups without a way are left out."""
    permitted = list(permitted_items(person))
    counts = _counts_for(person, [item for item, _url in permitted])
    here = max((url for _item, url in permitted if _leads_to(url, path)), key=len, default=None)
    groups: dict[str, WayGroup] = {}
    for item, url in permitted:
        way = Way(item.label, url, item.icon, counts.get(item.url_name, 0), item.urgent, url == here)
        groups.setdefault(item.group, WayGroup(item.group, GROUPS[item.group], [])).ways.append(way)
    return list(groups.values())


def _counts_for(person: Any, items: list[NavItem]) -> dict[str, int]:
    """How many things wait behind each way; one look into the cache for all of them."""
    key = _counts_key(person.pk)
    counts: dict[str, int] | None = cache.get(key)
    if counts is None:
        counts = {item.url_name: item.count(person) or 0 for item in items if item.count}
        cache.set(key, counts, COUNT_SECONDS)
    return counts


def forget_counts(person_id: Any) -> None:
    """Count anew on the person's next page: they have just done something."""
    cache.delete(_counts_key(person_id))


def _counts_key(person_id: Any) -> str:
    return f"navigation.counts.{person_id}"


def _leads_to(url: str, path: str) -> bool:
    return path == url or (url != reverse("home") and path.startswith(url))
