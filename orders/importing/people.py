"""The salespeople a sheet names: found by their shown name, made without a password where nobody has it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pypinyin import lazy_pinyin

from orders.importing.staging import Stage
from staff.models import User
from staff.roles import Role


@dataclass
class Salespeople:
    """Who sells what: by region, by number, by name."""

    by_region: dict[str, int] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, int | None] = field(default_factory=dict)
    made: int = 0

    def of(self, header: dict[str, str]) -> int | None:
        """The salesperson an order's row points to, if any."""
        if number := header.get("salesperson_id"):
            return self.by_number.get(number)
        if name := header.get("salesperson"):
            return self.by_name.get(name)
        return self.by_region.get(header.get("region", ""))


def settle_people(stage: Stage, names: set[str]) -> Salespeople:
    """Find or make everybody the sheet names; several people of one name are nobody: guessing would be worse.

    ``names`` are of a salesperson column; those are only looked up, for a typing mistake is not a colleague.
    """
    people = Salespeople()
    for name in names:
        people.by_name[name] = _only_one(name)
    for region, number, name, phone in stage.rows("SELECT region, number, name, phone FROM people ORDER BY id"):
        pk = people.by_name.get(name)
        if pk is None and not User.objects.filter(display_name=name).exists():
            pk = _make(name, phone)
            people.made += 1
        elif pk is None:
            pk = _only_one(name)
        people.by_name[name] = pk
        if pk is not None and region:
            people.by_region[region] = pk
        if pk is not None and number:
            people.by_number[number] = pk
    return people


def _only_one(name: str) -> int | None:
    found = list(User.objects.filter(display_name=name).values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def _make(name: str, phone: str) -> int:
    stem = "".join(sign for sign in "".join(lazy_pinyin(name)).casefold() if sign.isascii() and sign.isalnum())[:60]
    stem = stem or "salesperson"
    username, place = stem, 1
    while User.objects.filter(username__iexact=username).exists():
        place += 1
        username = f"{stem}{place}"
    user = User.objects.create_user(username, roles=(Role.SALESPERSON,), display_name=name, phone=phone)
    return int(user.pk)
