"""Factors on list prices, and notes of changed spending."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from teams.migrations import Together


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0001_who_is_who'),
        ('usage', '0002_price_rules'),
    ]

    operations = [Together([
        migrations.CreateModel(
            name='SpendTouch',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'db_table': 'usage_spend_touch',
            },
        ),
        migrations.CreateModel(
            name='ContractRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateTimeField(verbose_name='valid from')),
                ('factor', models.DecimalField(decimal_places=6, max_digits=12, verbose_name='factor')),
                ('source', models.CharField(max_length=100, verbose_name='source')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='added')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.organization')),
            ],
            options={
                'verbose_name': 'contract rate',
                'verbose_name_plural': 'contract rates',
                'ordering': ('organization', '-valid_from'),
                'constraints': [models.UniqueConstraint(fields=('organization', 'valid_from'), name='one_contract_rate_per_instant')],
            },
        ),
        migrations.RunSQL(
            (Path(__file__).parent / 'sql' / 'touches_by_organization.sql').read_text(), migrations.RunSQL.noop
        ),
    ])]
