"""Adding people, giving roles, letting people go."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from salesops.audit.deeds import Deed
from salesops.audit.trail import record
from salesops.locking import lock_rule
from staff.actions.refusals import StaffRefusedError
from staff.actions.sessions import end_sessions
from staff.lockout import forget_failures
from staff.models import RoleAssignment, User
from staff.roles import Role


@transaction.atomic
def create_first_administrator(
    *, username: str, display_name: str, password: str, email: str = "", language: str = "", address: str | None = None
) -> User:
    """Make the administrator of an empty company.

    Raises StaffRefusedError as soon as anybody exists; of two who try at once one is refused.
    """
    lock_rule("first administrator")
    if User.objects.exists():
        raise StaffRefusedError(_("This company already has an administrator. Sign in instead."))
    user = User.objects.create_user(
        username,
        password,
        roles=(Role.ADMINISTRATOR,),
        display_name=display_name,
        email=email,
        language=language,
    )
    record(
        by=user, deed=Deed.PERSON_ADDED, about=username, values={"roles": [Role.ADMINISTRATOR.value]}, address=address
    )
    return user


def check_administrator_remains(*, user: User, roles: Iterable[str], active: bool) -> None:
    """Raise StaffRefusedError when the change would leave nobody who can administer.

    Locks until the caller's transaction ends, so that two administrators cannot remove each other at once.
    """
    lock_rule("last administrator")
    if active and Role.ADMINISTRATOR in roles:
        return
    if not User.objects.holding(Role.ADMINISTRATOR).exclude(pk=user.pk).exists():
        raise StaffRefusedError(_("This is the last active administrator. Make somebody else an administrator first."))


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[str], by: User, address: str | None = None) -> User:
    """Give the person exactly these roles; acts on their next request."""
    wanted = {Role(role) for role in roles}
    held = {Role(role) for role in user.role_assignments.values_list("role", flat=True)}
    if wanted == held:
        return user
    if Role.ADMINISTRATOR in held:
        check_administrator_remains(user=user, roles=wanted, active=user.is_active)
    user.role_assignments.filter(role__in=held - wanted).delete()
    for role in sorted(wanted - held):
        RoleAssignment.objects.create(user=user, role=role, given_by=by)
    user.__dict__.pop("roles", None)
    record(
        by=by,
        deed=Deed.ROLES_CHANGED,
        about=user.username,
        values={"before": sorted(held), "after": sorted(wanted)},
        address=address,
    )
    return user


@transaction.atomic
def deactivate(*, user: User, by: User, address: str | None = None) -> User:
    """Let the person go: no sign-in any more, and every open one ends with its next request."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        return user
    if Role.ADMINISTRATOR in user.roles:
        check_administrator_remains(user=user, roles=user.roles, active=False)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user=user, keep=None, by=by, address=address)
    record(by=by, deed=Deed.PERSON_DEACTIVATED, about=user.username, address=address)
    return user


@transaction.atomic
def activate(*, user: User, by: User, address: str | None = None) -> User:
    """Let the person sign in again."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active:
        return user
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(by=by, deed=Deed.PERSON_ACTIVATED, about=user.username, address=address)
    return user


@transaction.atomic
def unlock(*, user: User, by: User, address: str | None = None) -> None:
    """Forget the wrong passwords, so that the person need not wait for the lock to open."""
    forget_failures(user.username)
    record(by=by, deed=Deed.UNLOCKED, about=user.username, address=address)
