"""Long work on lists."""

import tempfile
from pathlib import Path

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy, gettext_noop

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.jobs.engine import JobRefused, JobRun, job_kind
from salesops.listing.exporting import write_list
from salesops.listing.listing import LISTINGS
from salesops.listing.query import read_query
from salesops.listing.reader import reader_for

WRITING = gettext_noop("Writing rows")


@job_kind("listing.export", title=gettext_lazy("Export"), queue="report", seconds=1800)
def export_list(run: JobRun) -> None:
    """Write a list to a sheet for its owner, who sees no more in it than on the page, whatever has changed since."""
    listing = LISTINGS.get(run.arguments["listing"])
    if listing is None:
        raise JobRefused(gettext_noop("This list does not exist any more."), {})
    owner = run.owner
    if (
        owner is None
        or not owner.is_active
        or not owner.may(listing.export_permission)
        or not listing.may_be_opened_by(owner)
    ):
        raise JobRefused(gettext_noop("You may not export this list."), {})
    with translation.override(run.arguments.get("language") or translation.get_language()):
        reader = reader_for(owner)
        query = read_query(listing, run.arguments["query"], reader)
        columns = [listing.by_name[name] for name in run.arguments["columns"] if name in listing.by_name]
        total = query.rows(reader).order_by().count()
        run.progress(0, total, WRITING)
        day = timezone.localdate(timezone=reader.zone)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{listing.name}-{day:%Y%m%d}.{run.arguments['format']}"
            count = write_list(
                path,
                query,
                columns or [listing.key],
                reader,
                title=str(listing.title),
                tell=lambda done: run.progress(done, total, WRITING),
            )
            record(
                by=owner,
                deed=Deed.EXPORTED,
                about=str(listing.name),
                values={"query": run.arguments["query"], "rows": count, "format": run.arguments["format"]},
            )
            run.finish(
                {
                    "rows": count,
                    "list": str(listing.title),
                    "filters": [f"{one.label}: {one.words(query.values[one.name], reader)}" for one in query.active],
                },
                file=path,
            )
