"""The audit trail: append-only, chained, and told when somebody touched it."""

import threading
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesops.audit.addresses import clean_address, client_address
from salesops.audit.guards import TABLE, lift_guards, raise_guards
from salesops.audit.models import AuditEntry, AuditIsAppendOnlyError
from salesops.audit.trail import record, verify_chain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def wrote(times=3):
    return [record(by=None, deed="exported", about=f"orders {each}") for each in range(times)]


@pytest.mark.django_db
def test_each_entry_carries_the_hash_of_the_one_before():
    first, second, third = wrote()
    assert first.previous_hash == ""
    assert (second.previous_hash, third.previous_hash) == (first.own_hash, second.own_hash)
    assert verify_chain().sound
    assert verify_chain().entries == 3


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE {} SET about = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_remove_entries(statement):
    wrote(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(TABLE))
    assert AuditEntry.objects.get().about == "orders 0"


@pytest.mark.django_db
def test_programs_are_refused_before_the_database_has_to():
    entry = wrote(1)[0]
    for deed in (
        entry.save, entry.delete, AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(about="x"),
        lambda: AuditEntry.objects.bulk_update([entry], ["about"]),
    ):  # fmt: skip
        with pytest.raises(AuditIsAppendOnlyError):
            deed()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "about = 'orders 9'", "deed = 'sign_in'", "address = '10.9.9.9'", "previous_hash = 'x'", "own_hash = 'x'",
        "at = '2020-01-01 00:00:00+00:00'",
    ],
)  # fmt: skip
def test_a_hand_edit_behind_the_guards_is_found(change):
    entries = wrote()
    lift_guards(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {change} WHERE id = %s", [entries[1].pk])
    raise_guards(connection)
    assert verify_chain().broken_at == entries[1].pk


@pytest.mark.django_db
def test_a_removed_entry_is_found_by_its_neighbour_and_a_cut_end_by_the_hash_noted_elsewhere():
    entries = wrote()
    lift_guards(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [entries[2].pk])
    assert verify_chain().sound
    assert not verify_chain(entries[2].own_hash).sound
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", [entries[0].pk])
    raise_guards(connection)
    assert verify_chain().broken_at == entries[1].pk


@pytest.mark.django_db
def test_the_command_says_sound_or_fails():
    entries = wrote()
    out = StringIO()
    call_command("check_audit", stdout=out)
    assert f"3 entries, newest hash {entries[2].own_hash}" in out.getvalue()
    call_command("check_audit", expect=entries[1].own_hash, stdout=out)
    with pytest.raises(CommandError, match="missing"):
        call_command("check_audit", expect="0" * 64)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(about=st.text(max_size=300), values=st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_whatever_is_written_down_reads_back_sound(about, values):
    record(by=None, deed="imported", about=about, values=values)
    assert verify_chain().sound


@pytest.mark.django_db
def test_an_entry_keeps_to_one_line_and_lets_no_control_character_into_a_log():
    entry = record(by=None, deed="sign_in_failed", about="a\nb\r\x1b[31m\0c", values={"k\n": "\x1b"})
    assert not any(letter in f"{entry.about}{entry.values}" for letter in "\n\r\x1b\0")


@pytest.mark.django_db
def test_amounts_are_kept_as_written():
    assert record(by=None, deed="exported", values={"net": Decimal("0.10")}).values == {"net": "0.10"}


@pytest.mark.django_db
def test_a_deed_taken_back_takes_its_entry_along():
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - the deed and its failure
        wrote(1)
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_make_one_unbroken_chain():
    barrier, faults = threading.Barrier(8), []

    def write():
        try:
            barrier.wait()
            wrote(5)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    report = verify_chain()
    assert (report.sound, report.entries) == (True, 40)


@pytest.mark.django_db(transaction=True)
def test_emptying_the_whole_database_is_possible_and_the_guards_stand_afterwards():
    wrote(1)
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEntry.objects.exists()
    wrote(1)
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("10.0.0.1", "10.0.0.1"), (" 10.0.0.1 ", "10.0.0.1"), ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"), ("fe80::1%eth0", "fe80::1"), ("unix:", None), ("", None), ("999.1.1.1", None),
    ],
)  # fmt: skip
def test_an_address_has_one_spelling(text, clean):
    assert clean_address(text) == clean


class Asked:
    def __init__(self, **meta):
        self.META = {"REMOTE_ADDR": "10.0.0.9", **meta}


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "1.1.1.1", "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.8", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.9"),
        (1, "nonsense", None),
    ],
)
def test_the_forwarded_for_header_is_believed_only_as_far_as_our_own_proxies_reach(settings, proxies, header, address):
    settings.PROXY_COUNT = proxies
    assert client_address(Asked(HTTP_X_FORWARDED_FOR=header)) == address
