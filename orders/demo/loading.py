"""Writing the demo company into an empty database."""

from __future__ import annotations

from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from orders.demo.belongings import write_customers, write_products, write_rules
from orders.demo.company import DemoCompany, at
from orders.demo.desk.playing import OfficeTime, play
from orders.demo.desk.scenes import RECEIVED, all_scenes
from orders.demo.desk.stage import Desk
from orders.demo.history import HistoryWriter
from orders.demo.people import Account, People
from salesops.documents.models import CompanyProfile
from salesops.numbering.numbers import house_day
from staff.models import User

LETTERHEAD = {
    "name_zh": "杭州示例科技有限公司",
    "name_en": "Hangzhou Example Technology Co., Ltd.",
    "address_zh": "浙江省杭州市西湖区文三路 88 号",
    "address_en": "88 Wensan Road, Xihu District, Hangzhou, Zhejiang, China",
    "phone": "0571-8888 0000",
    "email": "orders@example.com",
    "bank_zh": "示例银行杭州分行",
    "bank_en": "Example Bank, Hangzhou Branch",
    "account": "3300 0000 0000 0000",
}


class AlreadyInUseError(Exception):
    """The database holds people already: the demo company is only for an empty one."""


@transaction.atomic
def load_demo(*, now: datetime | None = None) -> list[Account]:
    """Make the demo company; raises AlreadyInUseError when anybody is there already.

    First its history, written as the sample tells it; then its last two months at the desk, done deed by deed.
    """
    if User.objects.exists():
        raise AlreadyInUseError
    moment = now or timezone.now()
    office = OfficeTime(moment)
    company = DemoCompany(house_day(moment))
    CompanyProfile(**LETTERHEAD).save()
    write_rules(at(company.orders[0].ordered_on, time(9)))
    people = People(company)
    products = write_products(company, people.manager, moment)
    customers = write_customers(company, people, moment)
    received = {number: office.ago(minutes) for number, minutes in RECEIVED.items()}
    history = HistoryWriter(company, people, products, customers).write(moment, received)
    play(office, all_scenes(Desk(people, products, customers, history, office)))
    return people.accounts
