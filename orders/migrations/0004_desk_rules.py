"""The desk's rules as they are at the beginning: numbers, deadlines, approval rules; and what uses credit."""

from django.db import migrations, models

from orders.migrations._first_rules import sow


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_order_desk")]

    operations = [
        migrations.AddField(
            "deskrule",
            "credit_counts_confirmed",
            models.BooleanField(default=True, verbose_name="confirmed orders that are not shipped use credit"),
        ),
        migrations.AlterField(
            "approvalrule", "name", models.CharField(blank=True, max_length=80, verbose_name="name")
        ),
        migrations.RunPython(sow, migrations.RunPython.noop),
    ]
