from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0016_sop_checks'),
    ]

    operations = [
        migrations.AddField(
            model_name='amendmentrow',
            name='reason',
            field=models.CharField(blank=True, max_length=300),
        ),
    ]
