"""People and teams for tests and for the demo company."""

from itertools import count
from typing import Any

from staff.actions.sops import publish_sop
from staff.models import Sop, SopStep, Team, User
from staff.roles import Role

TEST_PASSWORD = "quiet harbour lantern 27"  # noqa: S105 - known to everybody on purpose
_numbers = count(1)


def make_team(name: str = "", **fields: Any) -> Team:
    """A team; without a name it gets the next free one."""
    return Team.objects.create(name=name or f"Team {next(_numbers)}", **fields)


def make_user(
    username: str = "", *roles: Role, team: Team | None = None, password: str | None = TEST_PASSWORD, **fields: Any
) -> User:
    """A person holding the roles, with a password that passes the rules (None: they cannot sign in by password)."""
    name = username or f"person{next(_numbers)}"
    fields.setdefault("display_name", name.title())
    return User.objects.create_user(name, password, roles=roles, team=team, **fields)


def make_sop(title: str = "", *steps: dict[str, Any], by: User, note: str = "", **fields: Any) -> Sop:
    """An SOP of these steps (SopStep values; their title is their deed unless given), published."""
    sop = Sop.objects.create(title=title or f"SOP {next(_numbers)}", **fields)
    SopStep.objects.bulk_create(
        SopStep(sop=sop, position=place, **{"title": step.get("deed", "Step"), **step})
        for place, step in enumerate(steps, 1)
    )
    publish_sop(by=by, sop=sop, note=note)
    return sop
