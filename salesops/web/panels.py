"""Panels: a page of a lower floor shows what higher floors know about its subject without importing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

Render = Callable[[HttpRequest, Any], str | None]


@dataclass(frozen=True)
class Panel:
    page: str
    order: int
    render: Render
    column: str


_panels: dict[str, list[Panel]] = {}


def register_panel(page: str, order: int, render: Render, *, column: str = "main") -> None:
    """Add a panel to a page; called where an app's ``panels.py`` is imported, which happens once all models are there.

    ``render`` gets the request and the page's subject and returns markup it made with a template, or None
    where there is nothing to show to this person. ``column`` is "main" or "side". Registered twice counts once.
    """
    panels = _panels.setdefault(page, [])
    if not any(panel.render is render for panel in panels):
        panels.append(Panel(page, order, render, column))
        panels.sort(key=lambda panel: panel.order)


def panels_of(page: str, request: HttpRequest, subject: Any = None, column: str | None = None) -> list[SafeString]:
    """The markup of each panel of the page (of one column only where given) that has something to show."""
    rendered = (
        panel.render(request, subject) for panel in _panels.get(page, []) if column is None or panel.column == column
    )
    return [mark_safe(markup) for markup in rendered if markup]  # noqa: S308  # made by templates, which escape
