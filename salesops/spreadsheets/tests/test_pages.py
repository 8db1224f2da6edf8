"""From the file to the result and back, as the people at the pages see it (I12, I13, I15)."""

import io
import os

import openpyxl
import pytest
import xlsxwriter
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse

from salesops.audit.models import AuditEntry
from salesops.jobs.engine import run_job
from salesops.jobs.models import Job
from salesops.spreadsheets import tables
from salesops.spreadsheets.folders import folder_of, sweep
from salesops.spreadsheets.models import ImportBatch, RememberedMapping
from salesops.spreadsheets.tests import files
from salesops.spreadsheets.tests.importers import NamesImporter

pytestmark = pytest.mark.django_db
State = ImportBatch.State
SHEET = "客户名称,数量,日期\n甲文具,3,2026-01-02\n乙商行,两百,2026-01-03\n丙贸易,5,2026-01-04\n合计,8,\n"


@pytest.fixture(autouse=True)
def importer(monkeypatch, tmp_path):
    names = NamesImporter()
    monkeypatch.setattr(tables, "IMPORTERS", {names.kind: names})
    for module in ("planning", "tasks", "views.upload", "views.columns", "views.batches"):
        monkeypatch.setattr(f"salesops.spreadsheets.{module}.IMPORTERS", tables.IMPORTERS)
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield names


def person(name, *roles):
    """Someone with these roles; the foundation knows the person only by the settings."""
    return get_user_model().objects.create_user(name, "quiet harbour lantern 27", roles=roles, display_name=name)


@pytest.fixture
def clerk(client):
    lin = person("lin", "clerk")
    client.force_login(lin)
    return lin


def upload(client, text=SHEET, name="客户.csv", **extra):
    content = text.encode() if isinstance(text, str) else text
    return client.post(reverse("imports:upload"), {"files": [SimpleUploadedFile(name, content)], **extra})


def work():
    """Run what waits in the queue, as the worker would."""
    for job in Job.objects.filter(state=Job.State.QUEUED).order_by("id"):
        run_job(job.pk)


def taken_in(client, **kwargs) -> ImportBatch:
    answer = upload(client, **kwargs)
    assert answer.status_code == 302, answer.content.decode()
    work()
    return ImportBatch.objects.latest("id")


def test_a_clear_sheet_goes_straight_to_its_preview_and_nothing_is_written_yet(client, clerk, importer):
    batch = taken_in(client)
    assert (batch.state, batch.kind, batch.uploaded_by) == (State.PREVIEW, "customers", clerk)
    page = client.get(reverse("imports:preview", args=[batch.pk])).content.decode()
    assert "“两百” is not a number." in page
    assert "This is a totals row; it is not imported." in page
    assert "甲文具" in page
    assert importer.written == []


def test_writing_ends_on_a_result_with_a_link_to_what_was_made(client, clerk, importer):
    batch = taken_in(client)
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    batch.refresh_from_db()
    assert (batch.state, importer.written) == (State.DONE, ["甲文具", "丙贸易"])
    page = client.get(reverse("imports:detail", args=[batch.pk])).content.decode()
    assert 'href="/customers/"' in page
    assert AuditEntry.objects.filter(deed="imported", by=clerk, about="客户.csv").exists()


def test_refused_rows_are_downloaded_with_their_reason_and_can_be_uploaded_again(client, clerk):
    batch = taken_in(client)
    answer = client.get(reverse("imports:refused", args=[batch.pk]))
    content = b"".join(answer.streaming_content)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0] == ("客户名称", "数量", "日期", "Reason for refusal")
    assert rows[1] == ("乙商行", "两百", "2026-01-03", "数量: “两百” is not a number.")
    assert len(rows) == 2
    again = taken_in(client, text=content, name="改好.xlsx")
    assert again.state == State.PREVIEW


def test_a_whole_batch_is_taken_back_and_the_file_may_come_again(client, clerk, importer):
    batch = taken_in(client)
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    client.post(reverse("imports:undo", args=[batch.pk]))
    work()
    batch.refresh_from_db()
    assert (batch.state, importer.written) == (State.UNDONE, [])
    assert AuditEntry.objects.filter(deed="import_undone").exists()
    assert upload(client).status_code == 302


def test_what_stands_in_the_way_of_undoing_is_told_and_the_batch_stays(client, clerk, importer):
    batch = taken_in(client)
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    importer.blocked = True
    client.post(reverse("imports:undo", args=[batch.pk]))
    work()
    batch.refresh_from_db()
    assert batch.state == State.DONE
    assert "totals row" in client.get(reverse("imports:detail", args=[batch.pk])).content.decode()


def test_the_same_file_is_refused_under_any_name_with_a_link_to_the_first(client, clerk):
    first = taken_in(client)
    answer = upload(client, name="renamed.csv")
    assert answer.status_code == 409
    assert reverse("imports:detail", args=[first.pk]) in answer.content.decode()
    assert ImportBatch.objects.count() == 1


def test_who_may_take_it_again_does_so_on_the_record(client, clerk):
    first = taken_in(client)
    second = taken_in(client, again="1")
    assert second.again
    assert AuditEntry.objects.get(deed="imported").values == {"import": second.pk, "first": first.pk, "again": True}


def test_another_clerks_first_import_is_named_but_not_linked(client, clerk):
    first = taken_in(client)
    client.force_login(person("he", "clerk"))
    answer = upload(client)
    assert answer.status_code == 409
    assert reverse("imports:detail", args=[first.pk]) not in answer.content.decode()


def test_a_clerk_sees_own_imports_only_and_a_manager_all(client, clerk):
    batch = taken_in(client)
    urls = [reverse(f"imports:{name}", args=[batch.pk]) for name in ("detail", "preview", "map", "refused")]
    client.force_login(person("he", "clerk"))
    assert {client.get(url).status_code for url in urls} == {404}
    assert {client.post(reverse(f"imports:{n}", args=[batch.pk])).status_code for n in ("write", "cancel", "undo")} == {
        404
    }
    client.force_login(person("wang", "manager"))
    assert client.get(urls[1]).status_code == 200
    client.force_login(person("chen", "warehouse"))
    assert client.get(reverse("imports:list")).status_code == 403
    assert client.get(urls[0]).status_code == 403


def test_unclear_columns_are_asked_and_the_choice_is_remembered(client, clerk, importer):
    batch = taken_in(client, text="谁,多少\n甲,3\n乙,4\n", name="a.csv", kind="customers")
    assert batch.state == State.READING
    page = client.get(reverse("imports:map", args=[batch.pk])).content.decode()
    assert "Still without a column:" in page
    client.post(reverse("imports:map", args=[batch.pk]), {"kind": "customers", "t0-c0": "name", "t0-c1": "quantity"})
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.mapping) == (State.PREVIEW, {"a": {"name": "谁", "quantity": "多少"}})
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    assert RememberedMapping.objects.count() == 1
    second = taken_in(client, text="谁,多少\n丁,9\n", name="b.csv", kind="customers")
    assert (second.state, second.mapping) == (State.PREVIEW, {"b": {"name": "谁", "quantity": "多少"}})


def test_dates_that_read_in_two_ways_are_asked_with_a_stated_default(client, clerk):
    batch = taken_in(client, text="客户,日期\n甲,3/4/2026\n乙,5/6/2026\n")
    assert batch.state == State.READING
    page = client.get(reverse("imports:map", args=[batch.pk])).content.decode()
    assert "3/4/2026" in page
    assert '<option value="mdy" selected>' in page
    chosen = {"kind": "customers", "t0-c0": "name", "t0-c1": "day", "date-day": "dmy"}
    client.post(reverse("imports:map", args=[batch.pk]), chosen)
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.options["date_order"]) == (State.PREVIEW, {"day": "dmy"})


def test_hidden_rows_need_a_yes(client, clerk, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "t.xlsx")) as book:
        sheet = book.add_worksheet("S")
        for place, row in enumerate([["客户", "数量"], ["甲", 1], ["乙", 2]]):
            sheet.write_row(place, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
    batch = taken_in(client, text=(tmp_path / "t.xlsx").read_bytes(), name="t.xlsx")
    assert batch.state == State.READING
    chosen = {"kind": "customers", "t0-c0": "name", "t0-c1": "quantity", "hidden": "leave"}
    client.post(reverse("imports:map", args=[batch.pk]), chosen)
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.report["customers"]) == (State.PREVIEW, 1)
    assert batch.report["refused"] == {"This row is hidden in the sheet and was left out as chosen.": 1}


def test_a_file_that_cannot_be_read_leaves_its_sentence_and_nothing_else(client, clerk, importer, tmp_path):
    batch = taken_in(client, text=files.far_corner(tmp_path / "x.xlsx").read_bytes(), name="x.xlsx")
    assert batch.state == State.FAILED
    page = client.get(reverse("imports:detail", args=[batch.pk])).content.decode()
    assert "16384 columns" in page
    assert importer.written == []
    assert upload(client, text=files.far_corner(tmp_path / "x.xlsx").read_bytes(), name="x.xlsx").status_code == 302


def test_an_import_stopped_before_it_is_read_stays_stopped(client, clerk, importer):
    upload(client)
    batch = ImportBatch.objects.get()
    client.post(reverse("imports:cancel", args=[batch.pk]))
    work()
    batch.refresh_from_db()
    assert batch.state == State.CANCELLED
    assert client.get(reverse("imports:detail", args=[batch.pk])).status_code == 200
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    assert importer.written == []


def test_writing_twice_writes_once(client, clerk, importer):
    batch = taken_in(client)
    for _ in range(2):
        client.post(reverse("imports:write", args=[batch.pk]))
    work()
    assert importer.written == ["甲文具", "丙贸易"]


def test_a_write_whose_job_was_lost_says_that_nothing_was_written(client, clerk):
    batch = taken_in(client)
    client.post(reverse("imports:write", args=[batch.pk]))
    batch.refresh_from_db()
    Job.objects.filter(pk=batch.job_id).update(state=Job.State.FAILED)
    page = client.get(reverse("imports:detail", args=[batch.pk])).content.decode()
    assert "Nothing was written." in page
    batch.refresh_from_db()
    assert batch.state == State.FAILED


@pytest.mark.parametrize("name", ["../../x.csv", "CON", "很" * 300 + ".csv", "a\u202egpj.csv", "..\\..\\x.csv", ".csv"])
def test_a_file_name_is_shown_and_never_a_path(name, client, clerk):
    batch = taken_in(client, name=name)
    assert "/" not in batch.file_name
    assert "\\" not in batch.file_name
    assert "\u202e" not in batch.file_name
    stored = list((folder_of(batch) / "upload").iterdir())
    assert [path.stem for path in stored] == ["00"]


def test_too_much_is_refused_before_it_is_stored(client, clerk):
    assert upload(client, text="").status_code == 400
    with override_settings(SHEET_MAX_TEXT_BYTES=10):
        answer = upload(client)
    assert answer.status_code == 400
    assert ImportBatch.objects.count() == 0
    assert client.post(reverse("imports:upload")).status_code == 400


def test_several_files_go_together(client, clerk):
    one = SimpleUploadedFile("甲.csv", "客户,数量\n甲,1\n".encode())
    two = SimpleUploadedFile("乙.csv", "客户,数量\n乙,2\n".encode("gbk"))
    client.post(reverse("imports:upload"), {"files": [one, two]})
    work()
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.file_name, batch.report["customers"]) == (State.PREVIEW, "甲.csv + 乙.csv", 2)


def test_working_files_of_old_imports_are_swept_and_the_upload_stays(client, clerk):
    batch = taken_in(client)
    client.post(reverse("imports:write", args=[batch.pk]))
    work()
    assert sweep() == 0
    ImportBatch.objects.update(created_at="2020-01-01T00:00Z")
    assert sweep() > 0
    assert [path.name for path in folder_of(batch).iterdir()] == ["upload"]
    assert client.get(reverse("imports:detail", args=[batch.pk])).status_code == 200
    assert client.get(reverse("imports:refused", args=[batch.pk])).status_code == 404


def test_what_an_upload_that_died_left_behind_is_not_read_and_is_swept(client, clerk):
    first = taken_in(client)
    root = folder_of(first).parent
    for number in (first.pk + 1, first.pk + 2):
        (root / str(number) / "upload").mkdir(parents=True)
        (root / str(number) / "upload" / "02.csv").write_text("客户名称,数量\n鬼影,1\n")
    files = [SimpleUploadedFile(f"{n}.csv", f"客户名称,数量\n{n}号,1\n".encode()) for n in ("a", "b")]
    client.post(reverse("imports:upload"), {"files": files})
    work()
    second = ImportBatch.objects.get(pk=first.pk + 1)
    assert (second.report["customers"], len(list((folder_of(second) / "upload").iterdir()))) == (2, 2)
    assert sweep() == 0
    for folder in root.iterdir():
        os.utime(folder, (0, 0))
    assert sweep() == 1
    assert {one.name for one in root.iterdir()} == {str(first.pk), str(second.pk)}


def test_without_an_importer_the_pages_say_so(client, clerk, importer):
    tables.IMPORTERS.clear()
    assert "Nothing can be imported yet" in client.get(reverse("imports:upload")).content.decode()
    assert client.get(reverse("imports:list")).status_code == 200


def test_the_pages_speak_chinese(client, clerk):
    batch = taken_in(client)
    get_user_model().objects.filter(pk=clerk.pk).update(language="zh-hans")
    client.force_login(clerk)
    page = client.get(
        reverse("imports:preview", args=[batch.pk]), headers={"accept-language": "zh-hans"}
    ).content.decode()
    assert "“两百”不是数字。" in page
    assert "这是合计行，不导入。" in page


def test_fields_are_named_in_the_readers_language(client, clerk):
    batch = taken_in(client, text="谁,多少\n甲,3\n", name="a.csv", kind="customers")
    get_user_model().objects.filter(pk=clerk.pk).update(language="zh-hans")
    client.force_login(clerk)
    page = client.get(reverse("imports:map", args=[batch.pk])).content.decode()
    assert ">数量 " in page or ">数量<" in page
    assert ">Quantity" not in page
