from staff.models.person import Notice, RoleAssignment, Team, User
from staff.models.session import PersonSession
from staff.models.sop import KeptStep, Sop, SopReading, SopStep, SopVersion

__all__ = [
    "KeptStep",
    "Notice",
    "PersonSession",
    "RoleAssignment",
    "Sop",
    "SopReading",
    "SopStep",
    "SopVersion",
    "Team",
    "User",
]
