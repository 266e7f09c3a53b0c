"""Calls that came by two doors, and how far they were looked for."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from teams.migrations import Together


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0003_keys_open_invoices'),
        ('usage', '0005_corrections_by_original'),
    ]

    operations = [Together([
        migrations.CreateModel(
            name='SightingSweep',
            fields=[
                ('organization', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='teams.organization')),
                ('swept_until', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'usage_sighting_sweep',
            },
        ),
        migrations.CreateModel(
            name='DoubleSighting',
            fields=[
                ('pk', models.CompositePrimaryKey('organization_id', 'provider_name', 'response_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('provider_name', models.CharField(max_length=100)),
                ('response_id', models.CharField(max_length=200)),
                ('event_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('periods', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None)),
                ('times', models.IntegerField()),
                ('first_received_at', models.DateTimeField()),
                ('last_received_at', models.DateTimeField()),
                ('member_id', models.BigIntegerField()),
                ('local_date', models.DateField()),
                ('doubled_tokens', models.BigIntegerField()),
                ('doubled_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('doubled_unpriced', models.IntegerField()),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'db_table': 'usage_double_sighting',
                'indexes': [models.Index(fields=['organization', '-last_received_at'], name='sighting_by_receipt')],
            },
        ),
    ])]
