"""What this room adds to the shell: the way to the SOPs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from salesops.web.navigation import NavItem, register_item
from staff.sop_reading import unread_sops

register_item(NavItem("training", _("SOPs"), "staff:sops", "list-numbers", None, unread_sops, order=10))
