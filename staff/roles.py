"""Who may do what: the one table of roles and permissions."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLERK = "clerk", _("Clerk")
    REVIEWER = "reviewer", _("Reviewer")
    APPROVER = "approver", _("Approver")
    WAREHOUSE = "warehouse", _("Warehouse")
    SALESPERSON = "salesperson", _("Salesperson")
    MANAGER = "manager", _("Manager")
    ADMINISTRATOR = "administrator", _("Administrator")


class Permission(StrEnum):
    """One deed or one kind of seeing; the values never reach a person's eyes."""

    SEE_ALL_CUSTOMERS = "see_all_customers"
    SEE_TEAM_CUSTOMERS = "see_team_customers"
    SEE_OWN_CUSTOMERS = "see_own_customers"
    SEE_RELEASED_ORDERS = "see_released_orders"
    EDIT_CUSTOMERS = "edit_customers"
    SEE_PRODUCTS = "see_products"
    EDIT_PRODUCTS = "edit_products"
    SEE_FLOOR_PRICE = "see_floor_price"
    ENTER_ORDERS = "enter_orders"
    REVIEW_ORDERS = "review_orders"
    VERIFY_ORDERS = "verify_orders"
    APPROVE_ORDERS = "approve_orders"
    RELEASE_HOLDS = "release_holds"
    SUPERVISE_ORDERS = "supervise_orders"
    SHIP_ORDERS = "ship_orders"
    AMEND_ORDERS = "amend_orders"
    APPROVE_AMENDMENTS = "approve_amendments"
    RULE_ERRORS = "rule_errors"
    IMPORT_SHEETS = "import_sheets"
    UNDO_IMPORT = "undo_import"
    EXPORT_LISTS = "export_lists"
    UNMASK_CONTACTS = "unmask_contacts"
    ADMINISTER = "administer"


class Reach(StrEnum):
    """How far somebody sees customers and what belongs to them."""

    ALL = "all"
    TEAM = "team"
    NO_TEAM = "no_team"
    OWN = "own"
    RELEASED = "released"
    NONE = "none"


P = Permission

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLERK: frozenset(
        {
            P.SEE_TEAM_CUSTOMERS,
            P.EDIT_CUSTOMERS,
            P.SEE_PRODUCTS,
            P.ENTER_ORDERS,
            P.AMEND_ORDERS,
            P.IMPORT_SHEETS,
            P.UNDO_IMPORT,
            P.EXPORT_LISTS,
            P.UNMASK_CONTACTS,
        }
    ),
    Role.REVIEWER: frozenset(
        {P.SEE_ALL_CUSTOMERS, P.SEE_PRODUCTS, P.REVIEW_ORDERS, P.VERIFY_ORDERS, P.UNMASK_CONTACTS}
    ),
    Role.APPROVER: frozenset(
        {
            P.SEE_ALL_CUSTOMERS,
            P.SEE_PRODUCTS,
            P.SEE_FLOOR_PRICE,
            P.APPROVE_ORDERS,
            P.RELEASE_HOLDS,
            P.APPROVE_AMENDMENTS,
            P.RULE_ERRORS,
        }
    ),
    Role.WAREHOUSE: frozenset({P.SEE_RELEASED_ORDERS, P.SEE_PRODUCTS, P.SHIP_ORDERS}),
    Role.SALESPERSON: frozenset({P.SEE_OWN_CUSTOMERS, P.SEE_PRODUCTS, P.UNMASK_CONTACTS}),
    Role.MANAGER: frozenset(
        {
            P.SEE_ALL_CUSTOMERS,
            P.EDIT_CUSTOMERS,
            P.SEE_PRODUCTS,
            P.EDIT_PRODUCTS,
            P.SEE_FLOOR_PRICE,
            P.ENTER_ORDERS,
            P.AMEND_ORDERS,
            P.APPROVE_AMENDMENTS,
            P.RULE_ERRORS,
            P.VERIFY_ORDERS,
            P.RELEASE_HOLDS,
            P.SUPERVISE_ORDERS,
            P.IMPORT_SHEETS,
            P.UNDO_IMPORT,
            P.EXPORT_LISTS,
            P.UNMASK_CONTACTS,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Permission),
}
