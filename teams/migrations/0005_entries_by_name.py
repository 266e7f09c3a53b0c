"""Many of them are "audit entries" and "outbox messages": the lists count them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("teams", "0004_fiscal_year_start")]

    operations = [
        migrations.AlterModelOptions(
            name="auditentry",
            options={
                "ordering": ("-id",),
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
            },
        ),
        migrations.AlterModelOptions(
            name="outboxmessage",
            options={
                "ordering": ("status", "-id"),
                "verbose_name": "outbox message",
                "verbose_name_plural": "outbox messages",
            },
        ),
    ]
