"""Run by the request races in a process of its own: many arrivals and takers at once on real connections.

    python -m tests.faults.race_requests same_mail 20     one mail handed over by so many readers at once
    python -m tests.faults.race_requests no_look 20       the same, nobody looks whether it came before (control run)
    python -m tests.faults.race_requests no_lock 20       the same, looked at without the lock (control run)
    python -m tests.faults.race_requests takers 20        one request taken by so many clerks at once
    python -m tests.faults.race_requests answers 20       so many answers to one open question at once

Prints one JSON object.
"""

import json
import os
import sys
from email.message import EmailMessage

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesops.settings.test")
django.setup()


from customers.factories import make_customer  # noqa: E402
from customers.models import Contact  # noqa: E402
from orders.actions import intake  # noqa: E402
from orders.actions.clarify import ask_customer  # noqa: E402
from orders.actions.intake import receive_request, take_request  # noqa: E402
from orders.models import Clarification, EntryDraft, Evidence, Order, OrderEvent, Request, ThreadMessage  # noqa: E402
from orders.requests.evidence import note_evidence  # noqa: E402
from orders.requests.mail_intake import receive_mail  # noqa: E402
from salesops.connectors.mail.parsing import parse_mail  # noqa: E402
from staff.factories import make_user  # noqa: E402
from staff.roles import Role  # noqa: E402
from tests.faults.crowd import at_once  # noqa: E402


def a_mail(**headers: str) -> bytes:
    """A mail of the racing customer."""
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "a@b.example", "PO", "<race@b.example>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content("40")
    return bytes(mail)


def arrivals(count: int) -> dict[str, object]:
    """So many readers hand the same mail over at the same moment."""
    raw = a_mail()
    answers = at_once([lambda: receive_mail(parse_mail(raw), raw)] * count)
    return {
        "requests": Request.objects.count(),
        "originals": Evidence.objects.count(),
        "faults": [repr(answer) for answer in answers if answer is not None],
    }


def takers(count: int) -> dict[str, object]:
    """So many clerks press the button at once."""
    customer, clerks = make_customer(), [make_user(f"c{place}", Role.CLERK) for place in range(count)]
    request = receive_request(channel="phone", customer=customer, evidence=[note_evidence("40")])
    answers = at_once([lambda who=who: take_request(by=who, request=request, customer=customer).pk for who in clerks])
    return {
        "orders": Order.objects.count(),
        "drafts": EntryDraft.objects.count(),
        "taken": sum(isinstance(answer, int) for answer in answers),
        "refused": sum(type(answer).__name__ == "OrderError" for answer in answers),
    }


def answers(count: int) -> dict[str, object]:
    """So many different answers to one open question: one closes it, the others stand in the thread."""
    clerk, customer = make_user("lin", Role.CLERK), make_customer()
    Contact.objects.create(customer=customer, name="A", email="a@b.example")
    asked = receive_request(channel="phone", customer=customer, evidence=[note_evidence("40")])
    order = take_request(by=clerk, request=asked, customer=customer)
    question = ask_customer(by=clerk, order=order, question="black?")
    to = question.message.message_id if question.message else ""
    mails = [a_mail(Message_ID=f"<answer-{place}@b.example>", In_Reply_To=to) for place in range(count)]
    faults = at_once([lambda raw=raw: receive_mail(parse_mail(raw), raw) for raw in mails])
    order.refresh_from_db()
    return {
        "state": order.state,
        "answered": Clarification.objects.filter(answered_at__isnull=False).count(),
        "mails": ThreadMessage.objects.filter(direction="in").count(),
        "moves_back": OrderEvent.objects.filter(kind="moved", after={"state": "received"}).count(),
        "faults": [repr(fault) for fault in faults if fault is not None],
    }


def main(race: str, count: int) -> None:
    """Run one race; the control runs take one thing away first."""
    if race == "no_look":
        vars(intake)["_received_before"] = lambda *_asked: None
    if race == "no_lock":
        vars(intake)["lock_rule"] = lambda _name: None
    races = {"takers": takers, "answers": answers}
    json.dump(races.get(race, arrivals)(count), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
