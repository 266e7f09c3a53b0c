"""One row of charges holds all kinds, and whole numbers are summed up as whole numbers."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from teams.migrations import Together


def named_sql(name: str) -> migrations.RunSQL:
    """The statements of ``sql/name.sql``."""
    return migrations.RunSQL((Path(__file__).parent / 'sql' / f'{name}.sql').read_text(), migrations.RunSQL.noop)


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0008_ledger_checks_and_quarantine_reviews'),
    ]

    operations = [Together([
        named_sql('sum_bigint'),
        migrations.SeparateDatabaseAndState(
            database_operations=[named_sql('charges_aside')],
            state_operations=[migrations.DeleteModel(name='ChargeDaily')],
        ),
        migrations.CreateModel(
            name='ChargeDaily',
            fields=[
                ('pk', models.CompositePrimaryKey('organization_id', 'local_date', 'close_number', 'department_id', 'project_id', 'feature', 'price_id', 'rate_id', 'model_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('local_date', models.DateField()),
                ('close_number', models.IntegerField()),
                ('department_id', models.BigIntegerField()),
                ('project_id', models.BigIntegerField()),
                ('feature', models.CharField(max_length=100)),
                ('price_id', models.BigIntegerField()),
                ('rate_id', models.BigIntegerField()),
                ('model_id', models.BigIntegerField()),
                ('input_quantity', models.BigIntegerField()),
                ('cache_read_quantity', models.BigIntegerField()),
                ('cache_write_5m_quantity', models.BigIntegerField()),
                ('cache_write_1h_quantity', models.BigIntegerField()),
                ('audio_input_quantity', models.BigIntegerField()),
                ('image_input_quantity', models.BigIntegerField()),
                ('output_quantity', models.BigIntegerField()),
                ('reasoning_quantity', models.BigIntegerField()),
                ('audio_output_quantity', models.BigIntegerField()),
                ('audio_second_quantity', models.BigIntegerField()),
                ('web_search_quantity', models.BigIntegerField()),
                ('code_run_quantity', models.BigIntegerField()),
                ('call_quantity', models.BigIntegerField()),
                ('input_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('cache_read_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('cache_write_5m_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('cache_write_1h_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('audio_input_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('image_input_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('output_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('reasoning_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('audio_output_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('audio_second_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('web_search_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('code_run_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('call_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'db_table': 'charge_daily',
            },
        ),
        migrations.CreateModel(
            name='ChargeByKind',
            fields=[
                ('pk', models.CompositePrimaryKey('organization_id', 'local_date', 'close_number', 'department_id', 'project_id', 'feature', 'price_id', 'rate_id', 'model_id', 'kind', blank=True, editable=False, primary_key=True, serialize=False)),
                ('local_date', models.DateField()),
                ('close_number', models.IntegerField()),
                ('department_id', models.BigIntegerField()),
                ('project_id', models.BigIntegerField()),
                ('feature', models.CharField(max_length=100)),
                ('price_id', models.BigIntegerField()),
                ('rate_id', models.BigIntegerField()),
                ('model_id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('input', 'Input, not cached'), ('cache_read', 'Cached input'), ('cache_write_5m', 'Cache write, 5 minutes'), ('cache_write_1h', 'Cache write, 1 hour'), ('audio_input', 'Audio input'), ('image_input', 'Image input'), ('output', 'Output'), ('reasoning', 'Reasoning'), ('audio_output', 'Audio output'), ('audio_second', 'Audio seconds'), ('web_search', 'Web search calls'), ('code_run', 'Code run calls'), ('call', 'Calls')], max_length=16)),
                ('quantity', models.BigIntegerField()),
                ('contracted_cost', models.DecimalField(decimal_places=15, max_digits=38)),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'db_table': 'charge_by_kind',
                'managed': False,
            },
        ),
        named_sql('charges_in_one_row'),
        named_sql('charge_by_kind'),
    ])]
