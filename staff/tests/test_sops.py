"""SOPs: written in the administration, kept version by version, told to those who do the work, read and confirmed."""

import pytest
from django.urls import reverse

from staff.actions.sops import publish_sop
from staff.factories import make_sop, make_user
from staff.models import Notice, Sop, SopReading, SopVersion
from staff.roles import Role
from staff.sop_reading import changes_between, steps_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_user("admin", Role.ADMINISTRATOR)


@pytest.fixture
def page(client, boss):
    client.force_login(boss)
    return client


def sent(title, *steps, sop=None, **fields):
    """What the administration's form sends: the SOP and its steps as they stand on the page."""
    kept = list(sop.steps.all()) if sop else []
    body = {
        "title": title, "is_active": "on", "note": "", "steps-TOTAL_FORMS": len(steps), "steps-MIN_NUM_FORMS": 1,
        "steps-INITIAL_FORMS": len(kept), "steps-MAX_NUM_FORMS": 1000, **fields,
    }  # fmt: skip
    for place, step in enumerate(steps):
        row = {"position": place + 1, "deed": "", "title": "Step", "text": "", "checklist": "", **step}
        row |= {"id": kept[place].pk, "sop": sop.pk} if place < len(kept) else {}
        body |= {f"steps-{place}-{name}": value for name, value in row.items()}
    return {name: value for name, value in body.items() if value is not None}


def add(page, *args, **fields):
    return page.post(reverse("admin:staff_sop_add"), sent(*args, **fields))


def change(page, sop, *args, **fields):
    return page.post(reverse("admin:staff_sop_change", args=[sop.pk]), sent(*args, sop=sop, **fields))


REVIEW = {"deed": "review", "title": "Look", "checklist": "Rows\n\n  Prices \nAddress"}


def test_saving_publishes_a_version_only_where_something_new_is_said(page, boss):
    assert add(page, "Orders", REVIEW, note="First").status_code == 302
    sop = Sop.objects.get()
    first = sop.versions.get()
    assert (first.number, first.note, first.by, sop.changed_by) == (1, "First", boss, boss)
    assert first.content == {
        "title": "Orders",
        "steps": [{"deed": "review", "title": "Look", "text": "", "points": ["Rows", "Prices", "Address"]}],
    }
    assert change(page, sop, "Orders", REVIEW | {"checklist": "Rows\nPrices\nAddress\n"}).status_code == 302
    assert sop.versions.count() == 1
    assert change(page, sop, "Orders", REVIEW | {"checklist": "Rows\nPrices"}, note="No address").status_code == 302
    sop.refresh_from_db()
    assert (sop.version, [each.number for each in sop.versions.all()]) == (2, [2, 1])
    assert sop.versions.get(number=1).content == first.content
    assert sop.versions.first().note == "No address"


def test_a_step_added_below_is_part_of_the_version_that_is_saved_with_it(page):
    add(page, "Orders", REVIEW)
    sop = Sop.objects.get()
    assert change(page, sop, "Orders", REVIEW, {"deed": "verify", "title": "Compare"}).status_code == 302
    assert [step.title for step in sop.versions.first().steps] == ["Look", "Compare"]


def test_a_version_is_never_changed_and_an_sop_never_deleted(page, boss):
    version = make_sop("Orders", REVIEW, by=boss).versions.get()
    version.note = "Better"
    with pytest.raises(TypeError):
        version.save()
    with pytest.raises(TypeError):
        version.delete()
    assert SopVersion.objects.get().note == ""
    assert page.get(reverse("admin:staff_sop_delete", args=[version.sop_id])).status_code == 403


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ({"deed": "confirm", "checklist": "Read it"}, "from the keyboard: text only"),
        ({"deed": "submit", "checklist": "Read it"}, "from the keyboard: text only"),
        ({"checklist": "Read it"}, "Choose the deed at which these points are ticked"),
        ({"deed": "verify", "checklist": "x" * 201}, "A point can have 200 characters at most."),
        ({"deed": "verify", "checklist": "a\n" * 21}, "A checklist can have 20 points at most."),
    ],
)
def test_what_cannot_be_ticked_is_refused_with_a_sentence(page, step, says):
    answer = add(page, "Orders", step)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert not Sop.objects.exists()


def test_a_deed_has_one_step_of_all_sops_in_force(page, boss):
    make_sop("Orders", REVIEW, by=boss)
    answer = add(page, "Returns", {"deed": "review"})
    assert "The SOP “Orders” has a step at “Review” already." in answer.content.decode()
    assert "Two steps stand at “Verify”" in add(page, "Twice", {"deed": "verify"}, {"deed": "verify"}).content.decode()
    assert add(page, "Later", {"deed": "review"}, is_active=None).status_code == 302
    later = Sop.objects.get(title="Later")
    assert change(page, later, "Later", {"deed": "review"}).status_code == 200
    Sop.objects.filter(title="Orders").update(is_active=False)
    assert change(page, later, "Later", {"deed": "review"}).status_code == 302
    assert steps_in_force(["review"])["review"].version.sop == later


def test_whoever_does_the_deeds_is_told_of_a_new_version(page, boss, django_capture_on_commit_callbacks):
    sun, chen = make_user("sun", Role.REVIEWER), make_user("chen", Role.MANAGER)
    make_user("wu", Role.WAREHOUSE)
    make_user("gone", Role.REVIEWER, is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        add(page, "Checks", {"deed": "verify"})
    assert {notice.user for notice in Notice.objects.all()} == {sun, chen}
    notice = Notice.objects.filter(user=sun).get()
    assert notice.text == "SOP “Checks”: version 1 is in force. Read it before you go on."
    assert notice.url == Sop.objects.get().get_absolute_url()
    with django_capture_on_commit_callbacks(execute=True):
        change(page, Sop.objects.get(), "Checks", {"deed": "verify"})
    assert Notice.objects.count() == 2


def test_an_sop_that_is_switched_on_is_told_though_it_says_nothing_new(page, django_capture_on_commit_callbacks):
    make_user("sun", Role.REVIEWER)
    with django_capture_on_commit_callbacks(execute=True):
        add(page, "Checks", {"deed": "verify"}, is_active=None)
    assert not Notice.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        change(page, Sop.objects.get(), "Checks", {"deed": "verify"})
    assert (Notice.objects.count(), SopVersion.objects.count()) == (1, 1)


def test_a_person_reads_a_version_once_and_the_list_knows(client, boss):
    sop = make_sop("Checks", {"deed": "verify"}, by=boss)
    sun = make_user("sun", Role.REVIEWER)
    client.force_login(sun)
    assert "To read" in client.get(reverse("staff:sops")).content.decode()
    for _ in range(2):
        answer = client.post(reverse("staff:sop_read", args=[sop.pk, 1]))
        assert answer.url == reverse("staff:sop_version", args=[sop.pk, 1])
    assert SopReading.objects.get().person == sun
    shown = client.get(reverse("staff:sops")).content.decode()
    assert "To read" not in shown
    sop.steps.update(text="Otherwise")
    publish_sop(by=boss, sop=sop)
    assert "To read" in client.get(reverse("staff:sops")).content.decode()
    client.post(reverse("staff:sop_read", args=[sop.pk, 1]))
    assert SopReading.objects.count() == 1
    assert client.get(reverse("staff:sop_version", args=[sop.pk, 3])).status_code == 404


def test_an_old_version_is_not_read_any_more(client, boss):
    sop = make_sop("Checks", {"deed": "verify"}, by=boss)
    sop.steps.update(text="Otherwise")
    publish_sop(by=boss, sop=sop)
    client.force_login(make_user("sun", Role.REVIEWER))
    shown = client.get(reverse("staff:sop_version", args=[sop.pk, 1])).content.decode()
    assert "version 2 is in force" in shown
    assert "I have read this" not in shown
    client.post(reverse("staff:sop_read", args=[sop.pk, 1]))
    assert not SopReading.objects.exists()


def test_who_supervises_sees_who_has_not_read_it(client, boss):
    sop = make_sop("Checks", {"deed": "verify"}, by=boss)
    make_user("wu", Role.WAREHOUSE, display_name="Warehouse Wu")
    for name, role, sees in (("sun", Role.REVIEWER, False), ("chen", Role.MANAGER, True)):
        client.force_login(make_user(name, role, display_name=f"Reader {name}"))
        shown = client.get(reverse("staff:sop_version", args=[sop.pk, 1])).content.decode()
        assert ("Who has read it" in shown) == sees
    assert "Reader sun" in shown
    assert "Warehouse Wu" not in shown


def test_a_page_tells_what_changed_since_the_version_before(boss):
    sop = make_sop(
        "Orders", {"deed": "review", "title": "Look", "checklist": "Rows\nPrices"}, {"title": "Talk"}, by=boss
    )
    sop.steps.filter(deed="review").update(title="Look well", checklist="Rows\nAddress")
    sop.steps.filter(title="Talk").delete()
    sop.steps.create(position=3, deed="release", title="Hand over", checklist="Label")
    publish_sop(by=boss, sop=sop)
    after, before = sop.versions.all()
    told = {change.title: change for change in changes_between(before, after)}
    assert set(told) == {"Look well", "Talk", "Hand over"}
    assert (told["Look well"].added, told["Look well"].removed) == (("Address",), ("Prices",))
    assert told["Look well"].is_reworded
    assert told["Talk"].is_gone
    assert (told["Hand over"].is_new, told["Hand over"].added) == (True, ("Label",))
    assert changes_between(after, after) == []


def test_the_administration_of_sops_is_in_the_readers_language(page, boss):
    sop = make_sop("订单", REVIEW, by=boss)
    for name, args in (("change", [sop.pk]), ("changelist", []), ("add", [])):
        url = reverse(f"admin:staff_sop_{name}", args=args)
        shown = page.get(url, headers={"accept-language": "zh-CN"}).content.decode()
        assert "标准操作流程" in shown
        for english in ("Checklist", "What changed", "What is done", "In force", ">SOP<", "One point a line"):
            assert english not in shown, (name, english)
