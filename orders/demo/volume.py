"""A database as large as one wants, made fast: for measuring, never for showing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from customers.models import Customer, CustomerGram, CustomerTail, Product, ProductGram
from customers.searching import customer_grams, customer_tails, product_grams
from orders.models import Order, OrderLine
from orders.status import OPEN_STATES, Fulfilment, Returning, Status
from salesops.bulk import insert_rows, reserve_ids
from salesops.chinese import pinyin_initials
from salesops.money import round_money, split_tax
from staff.models import Team, User
from staff.roles import Role

PLACES = ("北京 上海 广州 深圳 杭州 南京 苏州 宁波 成都 重庆 武汉 长沙 西安 青岛 济南 天津 沈阳 大连 厦门 福州").split()
FIRST = ("华 金 新 远 天 德 瑞 恒 嘉 鑫 东 国 泰 宏 佳 永 安 博 海 明 云 青 星 康 盛 启 润 同 百 亿").split()
SECOND = ("联 达 源 通 丰 信 诚 和 力 创 宇 航 景 凯 庭 禾 澜 川 衡 霖 昌 合 辰 岳 帆 桥 木 石 林 泉").split()
TRADES = ("商贸 科技 电子 机械 食品 办公用品 物业管理 医疗器械 包装材料 进出口 汽配 建材 服饰 化工 家居").split()
LINES_AN_ORDER = 5
CHUNK = 20_000
DAYS = 730
STATES = [
    *[Status.COMPLETED] * 730, *[Status.CLOSED] * 240, *[Status.CANCELLED] * 20, *[Status.CONFIRMED] * 3,
    *[Status.RELEASED] * 2, *[Status.ENTERED] * 2, Status.RECEIVED, Status.REVIEWED, Status.VERIFIED,
]  # fmt: skip
"""One order in a hundred is still open: two years of orders, some days of work."""
CHANNELS = ["sheet"] * 60 + ["phone"] * 20 + ["mail"] * 14 + ["messenger"] * 5 + ["crm"]
RARE = 0.002
"""So few orders are urgent, have a return or are in trouble with their delivery: what must still be found at once."""
PASSWORD = "neiqin-2026-volume"  # noqa: S105  # a database for measuring has no secrets


def make_volume(*, orders: int, tell: Callable[[str], None], seed: int = 7) -> None:
    """Add orders of five lines, a twentieth as many customers and 500 products; the same seed makes the same rows."""
    chance = random.Random(seed)  # noqa: S311  # figures, not secrets
    teams, sellers, clerks = _people()
    with transaction.atomic():
        products = _products(chance)
    with transaction.atomic():
        customers = _customers(max(orders // 20, 10), chance, teams, sellers)
    tell(f"{len(customers)} customers")
    first = Order.objects.count() + 1
    done = 0
    while done < orders:
        size = min(CHUNK, orders - done)
        with transaction.atomic():
            _orders(first + done, size, chance, customers, products, clerks)
        done += size
        tell(f"{done} of {orders} orders")
    if connection.vendor == "postgresql":
        # What autovacuum does within minutes: statistics for the planner, and pages known to be visible to all.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def _people() -> tuple[list[Team], list[User], list[User]]:
    teams = [Team.objects.get_or_create(name=f"第{place}组")[0] for place in range(1, 11)]
    password = make_password(PASSWORD)
    sellers = [_person(f"seller{place}", f"业务{place}", None, Role.SALESPERSON, password) for place in range(10)]
    clerks = [_person(f"clerk{place}", f"内勤{place}", team, Role.CLERK, password) for place, team in enumerate(teams)]
    _person("manager", "经理", None, Role.MANAGER, password)
    return teams, sellers, clerks


def _person(username: str, shown: str, team: Team | None, role: Role, password: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(username, roles=(role,), display_name=shown, team=team)
        User.objects.filter(pk=user.pk).update(password=password)
    assert isinstance(user, User)
    return user


def _products(chance: random.Random) -> list[tuple[int, str, str, Decimal]]:
    """(id, code, name, price) of 500 products."""
    ids = reserve_ids(Product, 500)
    start = Product.objects.count()
    made = []
    for place, pk in enumerate(ids, start):
        name = f"{chance.choice(FIRST)}{chance.choice(SECOND)}{chance.choice(TRADES)}{place % 90 + 10}号"
        made.append(
            Product(
                pk=pk, code=f"V{place:05d}", name=name, initials=pinyin_initials(name), unit="件",
                list_price=Decimal(chance.randrange(200, 90000)) / 100,
            )
        )  # fmt: skip
    Product.objects.bulk_create(made)
    insert_rows(ProductGram, ["gram", "product_id"], ((gram, one.pk) for one in made for gram in product_grams(one)))
    return [(one.pk, one.code, one.name, one.list_price or Decimal(0)) for one in made]


def _customers(
    amount: int, chance: random.Random, teams: list[Team], sellers: list[User]
) -> list[tuple[int, str, int, int]]:
    """(id, name, team, salesperson) of so many customers."""
    start = Customer.objects.count()
    made: list[Customer] = []
    for place, pk in enumerate(reserve_ids(Customer, amount), start):
        city = chance.choice(PLACES)
        name = (
            f"{city}{chance.choice(FIRST)}{chance.choice(SECOND)}{chance.choice(FIRST)}{chance.choice(TRADES)}有限公司"
        )
        made.append(
            Customer(
                pk=pk, code=f"V{place:06d}", name=name, initials=pinyin_initials(name), city=city,
                phone=f"139{chance.randrange(10**8):08d}", team=teams[place % len(teams)],
                salesperson=sellers[place % len(sellers)],
            )
        )  # fmt: skip
    fields = ["id", "code", "name", "initials", "city", "phone", "team_id", "salesperson_id"]
    insert_rows(Customer, fields, ([getattr(one, field) for field in fields] for one in made))
    insert_rows(CustomerGram, ["gram", "customer_id"], ((gram, one.pk) for one in made for gram in customer_grams(one)))
    insert_rows(CustomerTail, ["tail", "customer_id"], ((tail, one.pk) for one in made for tail in customer_tails(one)))
    return [(one.pk, one.name, one.team_id or 0, one.salesperson_id or 0) for one in made]


ORDER_FIELDS = [
    "id", "number", "customer_id", "customer_name", "team_id", "salesperson_id", "owner_id", "channel", "state",
    "fulfilment", "received_at", "entered_at", "shipped_at", "due_at", "net", "tax", "total", "line_count",
    "customer_po", "is_urgent", "returning",
]  # fmt: skip
LINE_FIELDS = [
    "order_id", "position", "product_id", "product_code", "product_name", "unit", "quantity", "unit_price", "tax_rate",
    "net", "tax", "amount", "shipped_quantity",
]  # fmt: skip


def _orders(
    first: int,
    size: int,
    chance: random.Random,
    customers: list[tuple[int, str, int, int]],
    products: list[tuple[int, str, str, Decimal]],
    clerks: list[User],
) -> None:
    lines: list[list[Any]] = []
    ids = reserve_ids(Order, size)
    now = timezone.now()
    clerk_of = {clerk.team_id: clerk.pk for clerk in clerks}

    def rows() -> Iterator[list[Any]]:
        for pk, place in zip(ids, count(first), strict=False):
            yield _order_row(pk, place, now, chance, customers, products, clerk_of, lines)

    insert_rows(Order, ORDER_FIELDS, rows())
    insert_rows(OrderLine, LINE_FIELDS, lines)


def _order_row(
    pk: int,
    place: int,
    now: datetime,
    chance: random.Random,
    customers: list[tuple[int, str, int, int]],
    products: list[tuple[int, str, str, Decimal]],
    clerk_of: dict[int | None, int],
    lines: list[list[Any]],
) -> list[Any]:
    customer, name, team, seller = chance.choice(customers)
    received = now - timedelta(seconds=chance.randrange(DAYS * 86400))
    state = chance.choice(STATES)
    shipped = state in (Status.COMPLETED, Status.CLOSED)
    net = tax = Decimal(0)
    for position in range(1, LINES_AN_ORDER + 1):
        product, code, title, price = chance.choice(products)
        quantity = Decimal(chance.randrange(1, 21))
        amount = round_money(quantity * price)
        line_net, line_tax = split_tax(amount, "13")
        net, tax = net + line_net, tax + line_tax
        lines.append(
            [pk, position, product, code, title, "件", quantity, price, "13", line_net, line_tax, amount,
             quantity if shipped else Decimal(0)]
        )  # fmt: skip
    return [
        pk, f"SO-{received:%Y%m%d}-V{place:07d}", customer, name, team, seller, clerk_of.get(team),
        chance.choice(CHANNELS), str(state), _fulfilment(chance, shipped=shipped), received,
        received + timedelta(minutes=25), received + timedelta(days=2) if shipped else None,
        received + timedelta(hours=5) if state in OPEN_STATES else None, net, tax, net + tax, LINES_AN_ORDER,
        f"PO{place:07d}" if place % 3 == 0 else "", chance.random() < RARE,
        str(Returning.OPEN if shipped and chance.random() < RARE else Returning.NONE),
    ]  # fmt: skip


def _fulfilment(chance: random.Random, *, shipped: bool) -> str:
    if not shipped:
        return str(Fulfilment.NONE)
    return str(Fulfilment.EXCEPTION if chance.random() < RARE else Fulfilment.SHIPPED)
