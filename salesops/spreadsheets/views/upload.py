"""The first step: choose a file."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from salesops.spreadsheets.actions import SameFileRefused, receive_files
from salesops.spreadsheets.faults import SheetRefused
from salesops.spreadsheets.models import ImportBatch
from salesops.spreadsheets.queries import batches_visible_to
from salesops.spreadsheets.reading import limits_in_force
from salesops.spreadsheets.refused_rows import said
from salesops.spreadsheets.steps import STEPS
from salesops.spreadsheets.tables import IMPORTERS
from salesops.web.access import PersonRequest, may_any, require

MAY_TAKE_AGAIN = "undo_import"


@require("import_sheets")
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PersonRequest) -> HttpResponse:
    """Show the form; take files in and go to their progress."""
    context = {
        "steps": STEPS,
        "kinds": [choice for choice in ImportBatch.Kind.choices if choice[0] in IMPORTERS],
        "chosen_kind": request.POST.get("kind") or request.GET.get("kind", ""),
        "limits": limits_in_force(),
    }
    if request.method != "POST":
        return render(request, "imports/upload.html", context)
    kind = request.POST.get("kind", "")
    kind = kind if kind in IMPORTERS else ""
    may_again = may_any(request.user, MAY_TAKE_AGAIN)
    try:
        again = may_again and "again" in request.POST
        batch = receive_files(files=list(request.FILES.getlist("files")), kind=kind, by=request.user, again=again)
    except SameFileRefused as refusal:
        seen = batches_visible_to(request.user).filter(pk=refusal.first.pk).first()
        context |= {"error": said(refusal.msgid, refusal.values), "first": seen, "may_again": may_again}
        return render(request, "imports/upload.html", context, status=409)
    except SheetRefused as refusal:
        context["error"] = said(refusal.msgid, refusal.values)
        return render(request, "imports/upload.html", context, status=400)
    except OSError:
        context["error"] = _("The file could not be stored: the server's disk may be full. Tell an administrator.")
        return render(request, "imports/upload.html", context, status=507)
    return redirect("imports:detail", batch.pk)
