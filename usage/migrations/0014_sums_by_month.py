"""Sums by month, made of the days that stand, so that long ranges need not read them."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models


def named_sql(name: str) -> migrations.RunSQL:
    """The statements of ``sql/name.sql``."""
    return migrations.RunSQL((Path(__file__).parent / 'sql' / f'{name}.sql').read_text(), migrations.RunSQL.noop)


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0004_fiscal_year_start'),
        ('usage', '0013_unpriced_in_reratings'),
    ]

    operations = [
        migrations.CreateModel(
            name='UsageMonthly',
            fields=[
                ('pk', models.CompositePrimaryKey('organization_id', 'dimension', 'period', 'entry_id', 'word', 'model_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('dimension', models.CharField(max_length=16)),
                ('period', models.DateField()),
                ('entry_id', models.BigIntegerField()),
                ('word', models.CharField(max_length=40)),
                ('model_id', models.BigIntegerField()),
                ('calls', models.BigIntegerField()),
                ('failures', models.BigIntegerField()),
                ('input_tokens', models.BigIntegerField()),
                ('cache_read_input_tokens', models.BigIntegerField()),
                ('output_tokens', models.BigIntegerField()),
                ('list_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('contracted_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('unpriced', models.BigIntegerField()),
                ('unpriced_tokens', models.BigIntegerField()),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'db_table': 'usage_monthly',
            },
        ),
        named_sql('usage_monthly'),
    ]
