"""The five steps of an import, as the pages name them."""

from django.utils.translation import gettext_lazy as _

STEPS = [_("Upload"), _("Columns"), _("Preview"), _("Write"), _("Result")]
