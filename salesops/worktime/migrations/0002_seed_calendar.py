"""The ordinary Chinese office week, and the holidays and make-up days known so far."""

from datetime import time

import chinese_calendar
from django.db import migrations

FIRST_YEAR = 2014
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


def seed(apps, schema_editor):
    WeekTemplate = apps.get_model("worktime", "WeekTemplate")
    WeekInterval = apps.get_model("worktime", "WeekInterval")
    CalendarDay = apps.get_model("worktime", "CalendarDay")
    week = WeekTemplate.objects.create(name="标准工时", time_zone="Asia/Shanghai", is_default=True)
    WeekInterval.objects.bulk_create(
        WeekInterval(template=week, weekday=weekday, start=start, end=end)
        for weekday in range(5)
        for start, end in ((time(9), time(12)), (time(13, 30), time(18)))
    )
    rows = []
    for kind, days in (("holiday", chinese_calendar.holidays), ("makeup", chinese_calendar.workdays)):
        for day, name in days.items():
            if day.year >= FIRST_YEAR:
                rows.append(CalendarDay(date=day, kind=kind, name=NAMES.get(str(name), str(name)), source="chinesecalendar"))
    CalendarDay.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("worktime", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
