"""Customer pages: who sees what, what is kept, what is refused."""

import pytest
from django.urls import reverse

from customers.factories import make_customer, make_product
from customers.models import Contact, Customer, InvoiceProfile
from salesops.audit.models import AuditEntry
from staff.factories import make_team, make_user
from staff.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team("North")


@pytest.fixture
def alice(team):
    return make_user("alice", Role.CLERK, team=team)


@pytest.fixture
def customer(team):
    return make_customer(name="杭州澜庭办公用品有限公司", team=team, phone="0571-88886600")


def typed(**fields):
    """A customer form as a browser posts it."""
    base = {
        "name": "上海恒远贸易有限公司", "kind": "company", "tax_number_kind": "none", "level": "C",
        "payment_terms": "prepaid", "currency": "CNY", "over_ship_percent": "0", "is_active": "on",
    }  # fmt: skip
    return base | fields


def edited(customer, **fields):
    return typed(name=customer.name, code=customer.code, version=str(customer.version), **fields)


def test_alice_of_the_team_bob_of_another_and_charlie_who_sells(client, team, alice, customer):
    bob = make_user("bob", Role.CLERK, team=make_team("South"))
    charlie = make_user("charlie", Role.SALESPERSON, team=team)
    page = reverse("customers:detail", args=[customer.pk])
    answers = {}
    for person in (alice, bob, charlie):
        client.force_login(person)
        answers[person.username] = client.get(page).status_code
        listed = client.get(reverse("customers:list")).content.decode()
        assert (customer.name in listed) == (person is alice)
    assert answers == {"alice": 200, "bob": 404, "charlie": 404}
    Customer.objects.filter(pk=customer.pk).update(salesperson=charlie)
    client.force_login(charlie)
    assert client.get(page).status_code == 200
    assert client.get(reverse("customers:edit", args=[customer.pk])).status_code == 403


def test_the_warehouse_has_no_customers(client, customer):
    client.force_login(make_user("wang", Role.WAREHOUSE))
    assert client.get(reverse("customers:list")).status_code == 403
    assert client.get(reverse("customers:detail", args=[customer.pk])).status_code == 403


def test_a_new_customer_gets_a_code_initials_team_and_a_whole_first_save(client, alice):
    client.force_login(alice)
    answer = client.post(reverse("customers:create"), typed(tax_number="９１１１００００８０２１００４３３b"))
    made = Customer.objects.get(name="上海恒远贸易有限公司")
    assert answer.status_code == 302
    assert answer.url == reverse("customers:detail", args=[made.pk])
    assert (made.code, made.initials, made.team) == ("C000001", "shhymyyxgs", alice.team)
    assert (made.tax_number, made.tax_number_kind) == ("91110000802100433B", "uscc")
    first = made.events.get()
    assert first.kind == "created"
    assert first.after["name"] == made.name
    assert first.after["payment_terms"] == "prepaid"


def test_a_mistyped_tax_number_is_refused_with_the_right_one_to_take_over(client, alice):
    client.force_login(alice)
    answer = client.post(reverse("customers:create"), typed(tax_number="91110000802100434B", tax_number_kind="uscc"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'data-value="91110000802100433B"' in page
    assert 'value="91110000802100434B"' in page, "what was typed stays"
    assert not Customer.objects.exists()


def test_saving_what_somebody_else_changed_shows_both_and_a_second_save_decides(client, team, alice, customer):
    carol = make_user("carol", Role.CLERK, team=team)
    client.force_login(carol)
    assert client.post(reverse("customers:edit", args=[customer.pk]), edited(customer, city="宁波")).status_code == 302
    client.force_login(alice)
    answer = client.post(reverse("customers:edit", args=[customer.pk]), edited(customer, city="绍兴"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Carol" in page
    assert "宁波" in page
    assert 'value="绍兴"' in page
    customer.refresh_from_db()
    assert (customer.city, customer.version) == ("宁波", 2)
    assert 'name="version" value="2"' in page
    answer = client.post(reverse("customers:edit", args=[customer.pk]), edited(customer, city="绍兴"))
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert customer.city == "绍兴"


def test_a_change_keeps_only_what_changed(client, alice, customer):
    client.force_login(alice)
    client.post(reverse("customers:edit", args=[customer.pk]), edited(customer, city="宁波", phone="0571-88886600"))
    event = customer.events.get(kind="changed")
    assert (event.before, event.after) == ({"city": ""}, {"city": "宁波"})
    client.post(reverse("customers:edit", args=[customer.pk]), edited(customer, city="宁波", phone="0571-88886600"))
    assert customer.events.filter(kind="changed").count() == 1, "the same save twice is one"


def test_initials_a_person_typed_survive_a_change_of_name(client, alice, customer):
    client.force_login(alice)
    edit = reverse("customers:edit", args=[customer.pk])
    client.post(edit, edited(customer, initials="hzlt"))
    customer.refresh_from_db()
    assert (customer.initials, customer.initials_typed) == ("hzlt", True)
    client.post(edit, edited(customer, initials="hzlt") | {"name": "杭州澜庭集团有限公司"})
    customer.refresh_from_db()
    assert (customer.name, customer.initials) == ("杭州澜庭集团有限公司", "hzlt")


def test_an_invoice_profile_gets_versions_and_the_old_one_stays(client, alice, customer):
    client.force_login(alice)
    new = reverse("customers:profile_create", args=[customer.pk])
    fields = {"title": customer.name, "tax_number": "91110000802100433B", "kind": "e_special"}
    assert client.post(new, fields | {"account": "6222020200012345"}).status_code == 302
    first = customer.invoice_profiles.get()
    assert first.is_default
    change = reverse("customers:profile_edit", args=[customer.pk, first.pk])
    again = fields | {"account": "6222020200099999", "is_default": "on", "base_version": "1"}
    assert client.post(change, again).status_code == 302
    old, current = customer.invoice_profiles.order_by("version")
    assert (old.account, old.is_current) == ("6222020200012345", False)
    assert (current.account, current.version, current.is_current) == ("6222020200099999", 2, True)
    stale = client.post(change, again | {"account": "1111111111111"})
    assert stale.status_code == 409
    assert InvoiceProfile.objects.count() == 2
    page = client.get(reverse("customers:detail", args=[customer.pk])).content.decode()
    assert "6222020200099999" not in page
    assert "****9999" in page


def test_a_special_invoice_needs_a_tax_number(client, alice, customer):
    client.force_login(alice)
    answer = client.post(
        reverse("customers:profile_create", args=[customer.pk]), {"title": customer.name, "kind": "paper_special"}
    )
    assert answer.status_code == 422
    assert not customer.invoice_profiles.exists()


def test_phones_are_masked_and_showing_one_is_written_down(client, team, alice, customer):
    contact = Contact.objects.create(customer=customer, name="沈岚", mobile="13800002061")
    client.force_login(alice)
    page = client.get(reverse("customers:detail", args=[customer.pk])).content.decode()
    assert "13800002061" not in page
    assert "138****2061" in page
    show = reverse("customers:unmask", args=[customer.pk, "contact", contact.pk])
    assert client.get(show).status_code == 405
    assert "13800002061" in client.post(show).content.decode()
    fragment = client.post(show, headers={"HX-Request": "true"}).content.decode()
    assert "13800002061" in fragment
    assert "<html" not in fragment
    entry = AuditEntry.objects.filter(deed="unmasked")[0]
    assert (entry.by, entry.about) == (alice, customer.code)
    assert "13800002061" not in str(entry.values)
    client.force_login(make_user("approver", Role.APPROVER))
    assert client.post(show).status_code == 403


def test_the_history_masks_phones_too(client, alice, customer):
    client.force_login(alice)
    new = reverse("customers:contact_create", args=[customer.pk])
    assert client.post(new, {"name": "沈岚", "part": "purchasing", "mobile": "13800002061"}).status_code == 302
    page = client.get(reverse("customers:history", args=[customer.pk])).content.decode()
    assert "13800002061" not in page
    assert "138****2061" in page


def test_the_check_while_typing_warns_of_the_same_company_spelled_differently(client, alice, customer):
    client.force_login(alice)
    check = reverse("customers:check")
    page = client.get(check, {"name": "杭州 澜庭 办公用品有限责任公司"}).content.decode()
    assert reverse("customers:detail", args=[customer.pk]) in page
    assert customer.name in client.get(check, {"phone": "0571 8888 6600"}).content.decode()
    assert customer.name not in client.get(check, {"name": customer.name, "except": customer.pk}).content.decode()


def test_a_likeness_in_another_team_is_told_without_its_name(client, alice):
    make_customer(name="宁波远航贸易有限公司", team=make_team("South"))
    client.force_login(alice)
    page = client.get(reverse("customers:check"), {"name": "宁波远航贸易有限公司"}).content.decode()
    assert "宁波远航" not in page
    assert "another team" in page


def test_blocking_needs_a_reason_and_shows_it(client, alice, customer):
    client.force_login(alice)
    block = reverse("customers:block", args=[customer.pk])
    assert client.post(block, {"reason": "  "}).status_code == 422
    assert client.post(block, {"reason": "三个月未付款"}).status_code == 302
    customer.refresh_from_db()
    assert customer.is_blocked
    assert "三个月未付款" in client.get(reverse("customers:detail", args=[customer.pk])).content.decode()
    client.post(block, {"reason": "已付清"})
    customer.refresh_from_db()
    assert (customer.is_blocked, customer.blocked_reason) == (False, "")
    assert list(customer.events.values_list("kind", flat=True)) == ["unblocked", "blocked"]


def test_only_who_sees_all_customers_moves_one_to_another_team(client, alice, customer):
    south = make_team("South")
    client.force_login(alice)
    assign = reverse("customers:assign", args=[customer.pk])
    client.post(assign, {"team": south.pk, "clerk": alice.pk})
    customer.refresh_from_db()
    assert (customer.team, customer.clerk) == (alice.team, alice)
    client.force_login(make_user("boss", Role.MANAGER))
    client.post(assign, {"team": south.pk, "clerk": alice.pk})
    customer.refresh_from_db()
    assert customer.team == south


def test_the_first_address_is_the_default_and_there_is_only_one(client, alice, customer):
    client.force_login(alice)
    new = reverse("customers:address_create", args=[customer.pk])
    client.post(new, {"street": "滨江路1号"})
    client.post(new, {"street": "滨江路2号", "is_default": "on"})
    defaults = {one.street: one.is_default for one in customer.addresses.all()}
    assert defaults == {"滨江路1号": False, "滨江路2号": True}
    second = customer.addresses.get(street="滨江路2号")
    client.post(reverse("customers:address_remove", args=[customer.pk, second.pk]))
    assert customer.addresses.get().is_default


def test_parts_of_an_unseen_customer_do_not_exist(client, customer):
    contact = Contact.objects.create(customer=customer, name="沈岚", mobile="13800002061")
    client.force_login(make_user("bob", Role.CLERK, team=make_team("South")))
    for name, args in (
        ("edit", []), ("history", []), ("block", []), ("assign", []), ("contact_create", []),
        ("contact_edit", [contact.pk]), ("profile_create", []), ("part_number_create", []),
    ):  # fmt: skip
        assert client.get(reverse(f"customers:{name}", args=[customer.pk, *args])).status_code == 404, name
    unmask = reverse("customers:unmask", args=[customer.pk, "contact", contact.pk])
    assert client.post(unmask).status_code == 404


def test_a_contact_of_one_customer_cannot_be_changed_through_another(client, team, alice, customer):
    other = make_customer(team=team)
    contact = Contact.objects.create(customer=customer, name="沈岚")
    client.force_login(alice)
    answer = client.post(
        reverse("customers:contact_edit", args=[other.pk, contact.pk]), {"name": "X", "part": "finance"}
    )
    assert answer.status_code == 404


def test_their_part_number_means_one_product(client, alice, customer):
    make_product(code="A-1")
    make_product(code="B-2")
    client.force_login(alice)
    new = reverse("customers:part_number_create", args=[customer.pk])
    assert client.post(new, {"product_code": "A-1", "number": "LT-01"}).status_code == 302
    clash = client.post(new, {"product_code": "B-2", "number": "LT-01"})
    assert clash.status_code == 422
    assert "A-1" in clash.content.decode()
    missing = client.post(new, {"product_code": "C-9", "number": "LT-02"})
    assert missing.status_code == 422
