"""How many of the events that came in had no price, by door and day."""

from pathlib import Path

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0003_contract_rates_and_touches'),
    ]

    operations = [
        migrations.AddField(
            model_name='receiptdaily',
            name='unpriced',
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.RunSQL(
            (Path(__file__).parent / 'sql' / 'count_unpriced_receipts.sql').read_text(), migrations.RunSQL.noop
        ),
    ]
