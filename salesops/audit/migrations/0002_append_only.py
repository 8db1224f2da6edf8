"""The database itself keeps the audit trail append-only and unforked."""

from django.db import migrations, models

from salesops.audit.guards import lift_guards, raise_guards


def up(apps, schema_editor):
    raise_guards(schema_editor.connection)


def down(apps, schema_editor):
    lift_guards(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="previous_hash",
            field=models.CharField(blank=True, max_length=64, unique=True),
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["deed", "-id"], name="audit_of_deed")
        ),
        migrations.AddIndex(model_name="auditentry", index=models.Index(fields=["at"], name="audit_at")),
        migrations.RunPython(up, down),
    ]
