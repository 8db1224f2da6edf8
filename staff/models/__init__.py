from staff.models.person import Notice, RoleAssignment, Team, User
from staff.models.session import PersonSession

__all__ = ["Notice", "PersonSession", "RoleAssignment", "Team", "User"]
