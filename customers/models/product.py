"""What is sold, and for how much to whom."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesops.spreadsheets.models import ImportBatch


class TaxRate(models.TextChoices):
    """Rates of Chinese value-added tax a line can carry; the two words are not the same as 0 %."""

    R13 = "13", "13%"
    R9 = "9", "9%"
    R6 = "6", "6%"
    R5 = "5", "5%"
    R3 = "3", "3%"
    R1 = "1", "1%"
    R0 = "0", "0%"
    EXEMPT = "exempt", _("Tax exempt")
    OUTSIDE = "outside", _("Not taxable")


class PriceList(models.Model):
    """Prices for a group of customers, in one currency, from a day to a day."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    includes_tax = models.BooleanField(_("prices include tax"), default=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def sold_today(self) -> ProductQuerySet:
        """Products that may stand on a new order."""
        return self.filter(is_discontinued=False)


class Product(models.Model):
    """One thing that can stand on an order line."""

    code = models.CharField(_("product code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=300)
    initials = models.CharField(_("pinyin initials"), max_length=300, blank=True)
    spec = models.CharField(_("specification"), max_length=200, blank=True)
    barcode = models.CharField(_("barcode"), max_length=60, blank=True, db_index=True)
    category = models.CharField(_("category"), max_length=80, blank=True)
    subcategory = models.CharField(_("subcategory"), max_length=80, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    pack_size = models.DecimalField(_("pack size"), max_digits=12, decimal_places=4, default=1)
    minimum_quantity = models.DecimalField(_("minimum order quantity"), max_digits=12, decimal_places=4, default=0)
    invoice_name = models.CharField(_("name on invoices"), max_length=200, blank=True)
    tax_category = models.CharField(_("tax category code"), max_length=19, blank=True)
    tax_rate = models.CharField(_("tax rate"), max_length=8, choices=TaxRate.choices, default=TaxRate.R13)
    list_price = models.DecimalField(_("list price"), max_digits=18, decimal_places=6, null=True, blank=True)
    floor_price = models.DecimalField(_("floor price"), max_digits=18, decimal_places=6, null=True, blank=True)
    is_discontinued = models.BooleanField(_("discontinued"), default=False)
    substitute = models.ForeignKey(
        "self", verbose_name=_("substitute"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
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

    objects: ClassVar[models.Manager[Product]] = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["name", "id"], name="product_by_name"),
            models.Index(fields=["category", "code", "id"], name="product_by_category"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(pack_size__gt=0), name="pack_size_positive"),
            models.CheckConstraint(condition=models.Q(minimum_quantity__gte=0), name="minimum_not_negative"),
            models.CheckConstraint(
                condition=models.Q(list_price__isnull=True) | models.Q(list_price__gte=0),
                name="list_price_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(floor_price__isnull=True) | models.Q(floor_price__gte=0),
                name="floor_price_not_negative",
            ),
            models.CheckConstraint(condition=models.Q(tax_rate__in=TaxRate.values), name="product_tax_rate_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProductGram(models.Model):
    """Two neighbouring characters of what a product is looked up by."""

    pk = models.CompositePrimaryKey("gram", "product_id")
    gram = models.CharField(max_length=2)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="grams")


class ListedPrice(models.Model):
    """One step of a price in a price list: from this quantity on, this price, between two days."""

    price_list = models.ForeignKey(
        PriceList, on_delete=models.CASCADE, related_name="prices", verbose_name=_("price list")
    )
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="listed_prices", verbose_name=_("product")
    )
    from_quantity = models.DecimalField(_("from quantity"), max_digits=12, decimal_places=4, default=0)
    price = models.DecimalField(_("price"), max_digits=18, decimal_places=6)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("listed price")
        verbose_name_plural = _("listed prices")
        ordering = ["product", "from_quantity"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0), name="listed_price_not_negative"),
            models.UniqueConstraint(
                fields=["price_list", "product", "from_quantity", "valid_from"], name="one_step_a_day"
            ),
            models.UniqueConstraint(
                fields=["price_list", "product", "from_quantity"],
                condition=models.Q(valid_from__isnull=True),
                name="one_undated_step",
            ),
        ]


class CustomerPrice(models.Model):
    """A price agreed with one customer."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="own_prices")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="customer_prices")
    from_quantity = models.DecimalField(_("from quantity"), max_digits=12, decimal_places=4, default=0)
    price = models.DecimalField(_("price"), max_digits=18, decimal_places=6)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer price")
        verbose_name_plural = _("customer prices")
        constraints = [models.CheckConstraint(condition=models.Q(price__gte=0), name="customer_price_not_negative")]


class CustomerPartNumber(models.Model):
    """What a customer calls one of our products."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="part_numbers")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="customer_part_numbers")
    number = models.CharField(_("customer's part number"), max_length=60)
    name = models.CharField(_("customer's name for it"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("customer's part number")
        verbose_name_plural = _("customer's part numbers")
        constraints = [models.UniqueConstraint(fields=["customer", "number"], name="one_part_number_a_customer")]


class ProductEvent(models.Model):
    """The diary of a product."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=24)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["product", "-at", "-id"], name="product_diary")]
