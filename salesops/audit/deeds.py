"""The deeds the audit trail knows by name."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Deed(models.TextChoices):
    SIGN_IN = "sign_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    LOCKED_OUT = "locked_out", _("Sign-in locked")
    UNLOCKED = "unlocked", _("Sign-in unlocked")
    SIGN_OUT = "sign_out", _("Signed out")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET_ASKED = "password_reset_asked", _("Password reset asked for")
    PASSWORD_RESET = "password_reset", _("Password reset by mail")
    SESSION_ENDED = "session_ended", _("Session ended")
    ROLES_CHANGED = "roles_changed", _("Roles changed")
    PERSON_ADDED = "person_added", _("Person added")
    PERSON_DEACTIVATED = "person_deactivated", _("Person deactivated")
    PERSON_ACTIVATED = "person_activated", _("Person activated again")
    IMPORTED = "imported", _("Imported")
    IMPORT_UNDONE = "import_undone", _("Import undone")
    EXPORTED = "exported", _("Exported")
    CALENDAR_LOADED = "calendar_loaded", _("Calendar loaded")
    UNMASKED = "unmasked", _("Contact shown in full")
    ADMIN_ADDED = "admin_added", _("Added in the administration")
    ADMIN_CHANGED = "admin_changed", _("Changed in the administration")
    ADMIN_DELETED = "admin_deleted", _("Deleted in the administration")
