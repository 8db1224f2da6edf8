"""Which imports a person may see."""

from typing import Any

from django.db.models import QuerySet

from salesops.spreadsheets.models import ImportBatch
from salesops.web.access import may_any


def batches_visible_to(person: Any) -> QuerySet[ImportBatch]:
    """One's own; all of them for who leads (may import and sees every customer)."""
    batches = ImportBatch.objects.select_related("uploaded_by", "job")
    if not may_any(person, "import_sheets"):
        return batches.none()
    return batches if may_any(person, "see_all_customers") else batches.filter(uploaded_by=person)
