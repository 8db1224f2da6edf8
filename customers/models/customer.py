"""The customer and everything that belongs to one."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.product import PriceList
from salesops.spreadsheets.models import ImportBatch
from staff.models import Team
from staff.reach import ReachQuerySet


class CustomerQuerySet(ReachQuerySet["Customer"]):
    def open_for_orders(self) -> CustomerQuerySet:
        """Customers one may still sell to."""
        return self.filter(is_active=True, is_blocked=False)

    def for_listing(self) -> CustomerQuerySet:
        """With the people a list shows beside the customer."""
        return self.select_related("salesperson", "clerk", "team")


class Customer(models.Model):
    """Who buys: a company, an institution or a person, at home or abroad."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company")
        SOLE_TRADER = "sole_trader", _("Sole trader")
        INSTITUTION = "institution", _("Institution")
        PERSON = "person", _("Private person")
        FOREIGN = "foreign", _("Foreign buyer")

    class Level(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"

    class TaxNumberKind(models.TextChoices):
        USCC = "uscc", _("Unified social credit code")
        OLD = "old", _("Old tax number (15 or 20 characters)")
        FOREIGN = "foreign", _("Foreign tax number")
        NONE = "none", _("None")

    class PaymentTerms(models.TextChoices):
        PREPAID = "prepaid", _("Payment before delivery")
        ON_DELIVERY = "on_delivery", _("Payment on delivery")
        NET_30 = "net_30", _("Monthly, 30 days")
        NET_60 = "net_60", _("Monthly, 60 days")
        NET_90 = "net_90", _("Monthly, 90 days")

    code = models.CharField(_("customer code"), max_length=60, unique=True)
    name = models.CharField(_("full name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=80, blank=True)
    former_names = models.JSONField(_("former names"), default=list, blank=True)
    initials = models.CharField(_("pinyin initials"), max_length=200, blank=True)
    initials_typed = models.BooleanField(default=False)  # a person corrected them: saving keeps theirs
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.COMPANY)
    tax_number_kind = models.CharField(
        _("kind of tax number"), max_length=8, choices=TaxNumberKind.choices, default=TaxNumberKind.NONE
    )
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    level = models.CharField(_("level"), max_length=1, choices=Level.choices, default=Level.C)
    group = models.CharField(_("group"), max_length=80, blank=True)
    industry = models.CharField(_("industry"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    province = models.CharField(_("province"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    origin = models.CharField(_("came to us through"), max_length=80, blank=True)
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("salesperson"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers_sold_to",
    )
    clerk = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("clerk"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    deputy_clerk = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deputy clerk"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    credit_limit = models.DecimalField(_("credit limit"), max_digits=18, decimal_places=2, null=True, blank=True)
    payment_terms = models.CharField(
        _("payment terms"), max_length=12, choices=PaymentTerms.choices, default=PaymentTerms.PREPAID
    )
    statement_day = models.PositiveSmallIntegerField(_("statement day"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    price_list = models.ForeignKey(
        PriceList, verbose_name=_("price list"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    fax = models.CharField(_("fax"), max_length=40, blank=True)
    email = models.EmailField(_("mail address"), blank=True)
    carrier = models.CharField(_("usual carrier"), max_length=80, blank=True)
    shipping_wishes = models.TextField(_("shipping wishes"), max_length=1000, blank=True)
    delivery_hours = models.CharField(_("delivery hours"), max_length=120, blank=True)
    ships_complete = models.BooleanField(_("ship complete only"), default=False)
    over_ship_percent = models.DecimalField(_("over-ship tolerance (%)"), max_digits=5, decimal_places=2, default=0)
    is_active = models.BooleanField(_("active"), default=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    blocked_reason = models.CharField(_("reason for the block"), max_length=200, blank=True)
    verified_on = models.DateField(_("last verified"), null=True, blank=True)
    remarks = models.TextField(_("remarks"), max_length=2000, blank=True)
    version = models.PositiveIntegerField(default=1)
    batch = models.ForeignKey(ImportBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager[Customer]] = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"], name="customer_by_name"),
            models.Index(fields=["team", "name", "id"], name="customer_of_team"),
            models.Index(fields=["salesperson", "name", "id"], name="customer_of_salesperson"),
            models.Index(fields=["tax_number"], name="customer_by_tax_number"),
            models.Index(fields=["-updated_at", "-id"], name="customer_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(credit_limit__isnull=True) | models.Q(credit_limit__gte=0),
                name="credit_limit_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(statement_day__isnull=True) | models.Q(statement_day__range=(1, 31)),
                name="statement_day_in_month",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerGram(models.Model):
    """Two neighbouring characters of what a customer is looked up by; finds two characters as fast as ten."""

    pk = models.CompositePrimaryKey("gram", "customer_id")
    gram = models.CharField(max_length=2)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="grams")


class CustomerTail(models.Model):
    """A number of a customer written backwards (code, tax number, phones); finds it by its last digits."""

    pk = models.CompositePrimaryKey("tail", "customer_id")
    tail = models.CharField(max_length=60)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tails")


class Contact(models.Model):
    """A person at the customer."""

    class Part(models.TextChoices):
        PURCHASING = "purchasing", _("Purchasing")
        RECEIVING = "receiving", _("Receiving")
        FINANCE = "finance", _("Finance")
        TECHNICAL = "technical", _("Technical")
        DECIDES = "decides", _("Decides")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=80)
    job_title = models.CharField(_("department or position"), max_length=80, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    wechat = models.CharField(_("WeChat"), max_length=80, blank=True)
    email = models.EmailField(_("mail address"), blank=True)
    part = models.CharField(_("part"), max_length=12, choices=Part.choices, default=Part.PURCHASING)
    reach_hours = models.CharField(_("may be called at"), max_length=120, blank=True)
    has_left = models.BooleanField(_("has left"), default=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["has_left", "id"]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """Where goods go."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    receiver = models.CharField(_("receiver"), max_length=80, blank=True)
    phone = models.CharField(_("receiver's phone"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    province = models.CharField(_("province"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    district = models.CharField(_("district"), max_length=80, blank=True)
    street = models.CharField(_("street and number"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    unloading = models.CharField(_("unloading"), max_length=200, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("delivery address")
        verbose_name_plural = _("delivery addresses")
        ordering = ["-is_default", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(is_default=True), name="one_default_address"
            )
        ]

    def __str__(self) -> str:
        city = "" if self.city == self.province else self.city  # 上海市 is both
        if self.street.isascii():
            return ", ".join(part for part in (self.street, self.district, city, self.province) if part)
        return f"{self.province}{city}{self.district}{self.street}"


class InvoiceProfile(models.Model):
    """What stands on an invoice, as it was from a day on: a change makes a new version, the old one stays."""

    class InvoiceKind(models.TextChoices):
        E_SPECIAL = "e_special", _("Digital special VAT invoice")
        E_NORMAL = "e_normal", _("Digital ordinary invoice")
        PAPER_SPECIAL = "paper_special", _("Paper special VAT invoice")
        PAPER_NORMAL = "paper_normal", _("Paper ordinary invoice")

    class Check(models.TextChoices):
        UNCHECKED = "unchecked", _("Not checked")
        CHECKED = "checked", _("Checked")
        REFUSED = "refused", _("Returned as wrong")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="invoice_profiles")
    line = models.PositiveIntegerField(_("profile"), default=1)  # versions of one profile share it
    version = models.PositiveIntegerField(_("version"), default=1)
    title = models.CharField(_("invoice title"), max_length=200)
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    address = models.CharField(_("registered address"), max_length=200, blank=True)
    phone = models.CharField(_("registered phone"), max_length=40, blank=True)
    bank = models.CharField(_("bank"), max_length=120, blank=True)
    account = models.CharField(_("bank account"), max_length=40, blank=True)
    kind = models.CharField(_("invoice kind"), max_length=16, choices=InvoiceKind.choices, default=InvoiceKind.E_NORMAL)
    delivery_email = models.EmailField(_("send invoices to"), blank=True)
    delivery_phone = models.CharField(_("send by text to"), max_length=40, blank=True)
    receiver = models.CharField(_("invoice receiver and address"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    check_state = models.CharField(_("check"), max_length=10, choices=Check.choices, default=Check.UNCHECKED)
    is_default = models.BooleanField(_("default"), default=False)
    is_current = models.BooleanField(_("current version"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("invoice profile")
        verbose_name_plural = _("invoice profiles")
        ordering = ["-is_current", "-is_default", "line", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "line", "version"], name="one_profile_a_version"),
            models.UniqueConstraint(
                fields=["customer", "line"], condition=models.Q(is_current=True), name="one_current_version"
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(is_default=True, is_current=True), name="one_default_profile"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CustomerEvent(models.Model):
    """The diary of a customer: who changed what from what to what. The first save is kept whole."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=24)  # created, imported, changed, note, blocked, assigned
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["customer", "-at", "-id"], name="customer_diary")]
