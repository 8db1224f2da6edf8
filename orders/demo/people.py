"""The people of the demo company and their accounts."""

from __future__ import annotations

from dataclasses import dataclass

from orders.demo.company import DemoCompany
from staff.models import Team, User
from staff.roles import Role

PASSWORD = "neiqin-2026-demo"  # noqa: S105  # a demo company has no secrets; the server prints it
CLERKS = (("lin", "林晓雯", 0), ("he", "何雨桐", 0), ("zhou", "周佳宁", 1))


@dataclass(frozen=True)
class Account:
    """A demo account as the server prints it."""

    username: str
    name: str
    roles: tuple[Role, ...]


class People:
    """Accounts of the demo company."""

    def __init__(self, company: DemoCompany) -> None:
        self.accounts: list[Account] = []
        self.users: dict[str, User] = {}
        self.teams = {name: Team.objects.create(name=name) for name in company.teams}
        teams = list(self.teams.values())
        self._make("admin", "赵启航", None, Role.ADMINISTRATOR)
        self.manager = self._make("chen", "陈思远", None, Role.MANAGER, Role.APPROVER)
        self.clerks = [self._make(name, shown, teams[team], Role.CLERK) for name, shown, team in CLERKS]
        self.reviewer = self._make("sun", "孙丽娟", teams[0], Role.REVIEWER)
        self.warehouse = self._make("wu", "吴承泽", None, Role.WAREHOUSE)
        self.sellers = {
            number: self._make(f"sales{number}", shown, None, Role.SALESPERSON)
            for number, shown in company.sellers.items()
        }

    def _make(self, username: str, shown: str, team: Team | None, *roles: Role) -> User:
        number = f"N{len(self.accounts) + 1:03d}"
        user = User.objects.create_user(
            username, PASSWORD, roles=roles, display_name=shown, team=team, employee_number=number
        )
        self.users[username] = user
        self.accounts.append(Account(username, shown, roles))
        return user

    def clerk_of(self, team: Team, place: int) -> User:
        """A clerk of the team; customers are dealt out in turn."""
        own = [clerk for clerk in self.clerks if clerk.team_id == team.pk]
        return own[place % len(own)]
