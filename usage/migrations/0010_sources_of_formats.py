"""Events may come in as OpenTelemetry spans and from LiteLLM. Words only: no table changes."""

from django.db import migrations, models

SOURCES = [
    ('native', 'Usage API'),
    ('file', 'File import'),
    ('demo', 'Demo'),
    ('correction', 'Correction'),
    ('otlp', 'OpenTelemetry'),
    ('litellm', 'LiteLLM'),
]


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0009_charges_in_one_row'),
    ]

    operations = [
        migrations.AlterField(
            model_name=name,
            name='source',
            field=models.CharField(choices=SOURCES, max_length=16, verbose_name='source'),
        )
        for name in ('quarantinedevent', 'usageevent')
    ]
