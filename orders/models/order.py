"""The order, its lines, its diary and its snapshots."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, InvoiceProfile, Product, TaxRate
from orders.status import (
    OPEN_STATES,
    WAREHOUSE_STATES,
    Fulfilment,
    Invoicing,
    Payment,
    Returning,
    Status,
)
from salesops.prepared import Prepared
from salesops.spreadsheets.models import ImportBatch
from staff.models import Team
from staff.reach import ReachQuerySet
from staff.roles import Reach


def _adds_up(gross: str) -> models.Q:
    """The field is net + tax, to half a cent: SQLite adds in binary fractions, where 0.1 + 0.2 is not 0.3."""
    added = models.F("net") + models.F("tax")
    half_cent = Decimal("0.005")
    return models.Q(**{f"{gross}__gt": added - half_cent, f"{gross}__lt": added + half_cent})


def _rare(name: str, field: str, *common: str) -> models.Index:
    """An index on the values of a field that few orders have."""
    condition = ~models.Q(**{f"{field}__in": common})
    return models.Index(fields=[field, "-received_at", "-id"], name=name, condition=condition)


def _with_deadline(name: str, field: str) -> models.Index:
    """An index on the work of somebody, the most urgent first; orders that are over are not in it."""
    return models.Index(fields=[field, "due_at", "id"], name=name, condition=models.Q(due_at__isnull=False))


class OrderQuerySet(ReachQuerySet["Order"]):
    def within(self, reach: Reach, whose: Any) -> Self:
        """The warehouse sees what was released."""
        if reach == Reach.RELEASED:
            return self.filter(state__in=WAREHOUSE_STATES)
        return super().within(reach, whose)

    def open(self) -> OrderQuerySet:
        """Orders in which work is still to be done."""
        return self.filter(state__in=OPEN_STATES)

    def late(self) -> OrderQuerySet:
        """Open orders whose deadline has passed; while a question to the customer is open the clock stands still."""
        running = OPEN_STATES - {Status.CLARIFYING}
        return self.filter(state__in=running, due_at__lt=timezone.now())

    def for_listing(self) -> OrderQuerySet:
        """With the owner a list shows; the customer's name is the order's own snapshot."""
        return self.select_related("owner")


class Order(models.Model):
    """What a customer asked for, with the prices, taxes and names of that moment.

    A move to another state writes an entry into every index, so there are no two that begin alike: keys whose
    index is the beginning of another have none of their own, nor those that only a deleted person would ask for.
    """

    class Kind(models.TextChoices):
        SALE = "sale", _("Sale")
        RETURN = "return", _("Return")
        SAMPLE = "sample", _("Sample")

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        PHONE = "phone", _("Phone")
        MESSENGER = "messenger", _("Messenger")
        SHEET = "sheet", _("Sheet")
        WEB = "web", _("Web")
        CRM = "crm", _("CRM")
        COUNTER = "counter", _("Counter")

    number = models.CharField(_("order number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.SALE)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, db_index=False, related_name="orders"
    )
    customer_name = models.CharField(_("customer name"), max_length=200)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("salesperson"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("clerk"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.PHONE)
    source_number = models.CharField(_("number in the source"), max_length=80, blank=True)
    customer_po = models.CharField(_("customer PO"), max_length=80, blank=True)

    state = models.CharField(_("state"), max_length=20, choices=Status.choices, default=Status.RECEIVED)
    fulfilment = models.CharField(_("fulfilment"), max_length=10, choices=Fulfilment.choices, default=Fulfilment.NONE)
    invoicing = models.CharField(_("invoicing"), max_length=10, choices=Invoicing.choices, default=Invoicing.NONE)
    payment = models.CharField(_("payment"), max_length=10, choices=Payment.choices, default=Payment.NONE)
    returning = models.CharField(_("return"), max_length=10, choices=Returning.choices, default=Returning.NONE)

    sent_at = models.DateTimeField(_("sent by the customer"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    entered_at = models.DateTimeField(_("entered"), null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("entered by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    requested_on = models.DateField(_("requested delivery"), null=True, blank=True)
    promised_on = models.DateField(_("promised delivery"), null=True, blank=True)

    is_urgent = models.BooleanField(_("urgent"), default=False)
    ship_method = models.CharField(_("shipping"), max_length=80, blank=True)
    payment_terms = models.CharField(
        _("payment terms"), max_length=12, choices=Customer.PaymentTerms.choices, default=Customer.PaymentTerms.PREPAID
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    exchange_rate = models.DecimalField(_("exchange rate"), max_digits=16, decimal_places=8, default=Decimal(1))
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=2, default=0)
    tax = models.DecimalField(_("tax"), max_digits=18, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=2, default=0)
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    ship_to = models.CharField(_("ship to"), max_length=400, blank=True)
    ship_to_receiver = models.CharField(_("receiver"), max_length=80, blank=True)
    ship_to_phone = models.CharField(_("receiver's phone"), max_length=40, blank=True)
    invoice_profile = models.ForeignKey(
        InvoiceProfile,
        verbose_name=_("invoice profile"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    remarks = models.TextField(_("internal remarks"), max_length=2000, blank=True)
    printed_remarks = models.TextField(_("printed remarks"), max_length=2000, blank=True)

    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    batch = models.ForeignKey(
        ImportBatch, on_delete=models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )

    objects: ClassVar[models.Manager[Order]] = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="order_by_received"),
            models.Index(fields=["team", "-received_at", "-id"], name="order_of_team"),
            models.Index(fields=["salesperson", "-received_at", "-id"], name="order_of_salesperson"),
            models.Index(fields=["owner", "-received_at", "-id"], name="order_of_owner"),
            models.Index(fields=["customer", "-received_at", "-id"], name="order_of_customer"),
            models.Index(fields=["state", "-received_at", "-id"], name="order_by_state"),
            models.Index(fields=["total", "id"], name="order_by_total"),
            models.Index(fields=["due_at", "id"], name="order_by_due", condition=models.Q(due_at__isnull=False)),
            _with_deadline("order_of_team_by_due", "team"),
            _with_deadline("order_of_owner_by_due", "owner"),
            models.Index(fields=["source_number"], name="order_by_source", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["customer_po"], name="order_by_po", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["channel", "-received_at", "-id"], name="order_by_channel"),
            # What few orders ever are: an index that holds these alone costs the others nothing when they are written.
            models.Index(fields=["-received_at", "-id"], name="order_urgent", condition=models.Q(is_urgent=True)),
            _rare("order_by_return", "returning", Returning.NONE),
            _rare("order_by_fulfilment", "fulfilment", Fulfilment.NONE, Fulfilment.SHIPPED, Fulfilment.SIGNED),
            _rare("order_by_payment", "payment", Payment.NONE, Payment.PAID),
            _rare("order_by_invoicing", "invoicing", Invoicing.NONE, Invoicing.FULL),
            models.Index(fields=["batch"], name="order_of_batch", condition=models.Q(batch__isnull=False)),
            models.Index(
                fields=["invoice_profile"], name="order_of_profile", condition=models.Q(invoice_profile__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=Status.values), name="order_state_known"),
            models.CheckConstraint(condition=_adds_up("total"), name="order_total_adds_up"),
            models.CheckConstraint(condition=models.Q(exchange_rate__gt=0), name="exchange_rate_positive"),
        ]

    def __str__(self) -> str:
        return self.number

    def lines_with_products(self) -> list[OrderLine]:
        """Its rows as they are stored now, each with its product and this very order."""
        rows = _WITH_PRODUCTS.rows(order=self.pk)
        for line in rows:
            line.order = self
        return rows


class OrderLine(models.Model):
    """One row of an order; price, tax and name are what they were when it was written."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(_("row"))
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    product_code = models.CharField(_("product code"), max_length=60, blank=True)
    product_name = models.CharField(_("name"), max_length=300)
    spec = models.CharField(_("specification"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    customer_part_number = models.CharField(_("customer's part number"), max_length=60, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=6)
    list_price = models.DecimalField(_("list price"), max_digits=18, decimal_places=6, null=True, blank=True)
    price_reason = models.CharField(_("price from"), max_length=80, blank=True)
    discount = models.DecimalField(_("discount"), max_digits=9, decimal_places=6, default=0)  # a fraction: 0.15 = 15 %
    tax_rate = models.CharField(_("tax rate"), max_length=8, choices=TaxRate.choices, blank=True)  # blank: not stated
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=2, default=0)
    tax = models.DecimalField(_("tax"), max_digits=18, decimal_places=2, default=0)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, default=0)
    source_amount = models.DecimalField(
        _("amount in the source"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    due_on = models.DateField(_("delivery"), null=True, blank=True)
    shipped_quantity = models.DecimalField(_("shipped"), max_digits=16, decimal_places=4, default=0)
    returned_quantity = models.DecimalField(_("returned"), max_digits=16, decimal_places=4, default=0)
    invoiced_quantity = models.DecimalField(_("invoiced"), max_digits=16, decimal_places=4, default=0)
    cancelled_quantity = models.DecimalField(_("cancelled quantity"), max_digits=16, decimal_places=4, default=0)
    remarks = models.CharField(_("remarks"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="one_line_a_position"),
            models.CheckConstraint(condition=~models.Q(quantity=0), name="line_quantity_not_zero"),
            models.CheckConstraint(condition=_adds_up("amount"), name="line_amount_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.product_code} {self.product_name}"

    @property
    def rounding(self) -> Decimal:
        """What rounding to the cent added to the amount of the source (0 where the source had cents)."""
        return Decimal(0) if self.source_amount is None else self.amount - self.source_amount


_WITH_PRODUCTS = Prepared(lambda order: OrderLine.objects.filter(order=order).select_related("product"))


class OrderSnapshot(models.Model):
    """The whole order as it was saved; revision 0 is the first save and is kept for ever."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    revision = models.PositiveIntegerField()
    content = models.JSONField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "revision"], name="one_snapshot_a_revision")]


class OrderEvent(models.Model):
    """The diary of an order: who changed what from what to what."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=24)  # created, imported, changed, moved, note, return_linked
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["order", "-at", "-id"], name="order_diary")]


class UnassignedLine(models.Model):
    """A sheet row that could not be given to a customer; kept until somebody assigns or drops it."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="unassigned_lines")
    sheet = models.CharField(_("sheet"), max_length=200, blank=True)
    row = models.PositiveIntegerField(_("row"))
    reason = models.CharField(_("reason"), max_length=60)
    source_number = models.CharField(_("number in the source"), max_length=80, blank=True)
    ordered_at = models.DateTimeField(_("order date"), null=True, blank=True)
    product_code = models.CharField(_("product code"), max_length=60, blank=True)
    product_name = models.CharField(_("name"), max_length=300, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4, null=True)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=6, null=True)
    values = models.JSONField(default=dict)
    assigned_to = models.ForeignKey(
        OrderLine, verbose_name=_("assigned to"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("line without a customer")
        verbose_name_plural = _("lines without a customer")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["batch", "id"], name="unassigned_of_batch", condition=models.Q(assigned_to__isnull=True)
            )
        ]
