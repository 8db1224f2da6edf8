"""What the demo company buys and sells with: products, customers, their people and addresses, the desk's deadlines."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from customers.models import (
    Address,
    Contact,
    Customer,
    CustomerEvent,
    InvoiceProfile,
    PriceList,
    Product,
    ProductEvent,
)
from customers.searching import write_grams, write_product_grams
from orders.demo.company import DemoCompany, at
from orders.demo.people import People
from orders.models import ApprovalRule, ApprovalRuleVersion, DeadlineRule, Order
from salesops.chinese import pinyin_initials
from salesops.money import round_money
from salesops.numbering.numbers import house_day
from staff.models import User


def write_products(company: DemoCompany, by: User, now: datetime) -> dict[int, Product]:
    products = {
        row["id"]: Product(
            code=row["code"], name=row["name"], initials=pinyin_initials(row["name"])[:300], spec=row["spec"],
            unit=row["unit"], category=row["category"], invoice_name=row["name"], tax_rate=row["tax_rate"],
            list_price=Decimal(row["price"]), floor_price=round_money(Decimal(row["price"]) * Decimal("0.75")),
            is_discontinued=row["discontinued"], created_by=by, created_at=now, updated_by=by, updated_at=now,
        )
        for row in company.products
    }  # fmt: skip
    Product.objects.bulk_create(products.values())
    write_product_grams(products.values())
    ProductEvent.objects.bulk_create(
        ProductEvent(product=product, kind="created", by=by, at=now, after={"code": product.code, "name": product.name})
        for product in products.values()
    )
    return products


def write_customers(company: DemoCompany, people: People, now: datetime) -> dict[str, Customer]:
    price_list = PriceList.objects.create(name="标准价目表")
    first_order: dict[str, date] = {}
    for order in company.orders:
        first_order.setdefault(order.customer, order.ordered_on)
    customers: dict[str, Customer] = {}
    for place, row in enumerate(company.customers, 1):
        team = people.teams[company.team_of(row["region"])]
        foreign = row["kind"] == Customer.Kind.FOREIGN
        since = at(first_order.get(row["id"], house_day(now)), time(8, 30))
        seller = company.usual_seller.get(row["id"])
        customers[row["id"]] = Customer(
            code=f"C{place:06d}", name=row["name"], initials=pinyin_initials(row["name"])[:200], kind=row["kind"],
            tax_number_kind=Customer.TaxNumberKind.FOREIGN if foreign else Customer.TaxNumberKind.USCC,
            tax_number=row["tax_number"], level="ABC"[place % 3], region=row["region"], province=row["province"],
            city=row["city"], country="波兰" if foreign else "中国", team=team, clerk=people.clerk_of(team, place),
            salesperson=people.sellers[seller] if seller else None, credit_limit=Decimal(20000 + place % 7 * 10000),
            payment_terms=Customer.PaymentTerms.PREPAID if place % 3 else Customer.PaymentTerms.NET_30,
            price_list=price_list, phone=row["mobile"], industry="食品", origin="展会" if place % 4 else "老客户介绍",
            verified_on=house_day(now) - timedelta(days=place * 5 % 300), created_at=since, updated_at=since,
            created_by=people.manager, updated_by=people.manager,
        )  # fmt: skip
    Customer.objects.bulk_create(customers.values())
    _write_belongings(company, customers, people.manager)
    write_grams(customers.values())
    return customers


def _write_belongings(company: DemoCompany, customers: dict[str, Customer], by: User) -> None:
    rows = [(row, customers[row["id"]]) for row in company.customers]
    Contact.objects.bulk_create(
        Contact(
            customer=owner, name=row["contact"], job_title=row["job"], mobile=row["mobile"], email=mail_of(row["id"])
        )
        for row, owner in rows
    )
    Address.objects.bulk_create(
        Address(
            customer=owner, receiver=row["contact"], phone=row["mobile"], province=row["province"], city=row["city"],
            street=row["street"], is_default=True,
        )
        for row, owner in rows
    )  # fmt: skip
    InvoiceProfile.objects.bulk_create(
        InvoiceProfile(
            customer=owner, title=row["name"], tax_number=row["tax_number"], is_default=True,
            kind=InvoiceProfile.InvoiceKind.E_SPECIAL, created_by=by, created_at=owner.created_at,
            check_state=InvoiceProfile.Check.CHECKED,
        )
        for row, owner in rows
    )  # fmt: skip
    CustomerEvent.objects.bulk_create(
        CustomerEvent(
            customer=owner, kind="created", by=by, at=owner.created_at,
            after={"code": owner.code, "name": owner.name, "tax_number": owner.tax_number},
        )
        for _row, owner in rows
    )  # fmt: skip


def mail_of(customer: str) -> str:
    """The address a customer of the sample writes from; ``.example`` is never delivered to (RFC 2606)."""
    return f"caigou@{customer.lower()}.example"


def write_rules(since: datetime) -> None:
    """The desk's rules as they were when the company began.

    It gives itself half a day, less for a call, least for its best customers' mails.
    """
    ApprovalRule.objects.update(changed_at=since)
    ApprovalRuleVersion.objects.update(at=since)
    DeadlineRule.objects.filter(channel="", level="").update(base_minutes=240, urgent_minutes=60)
    DeadlineRule.objects.bulk_create(
        [
            DeadlineRule(channel=Order.Channel.PHONE, base_minutes=120, urgent_minutes=30),
            DeadlineRule(channel=Order.Channel.MAIL, level=Customer.Level.A, base_minutes=180, urgent_minutes=45),
        ]
    )
