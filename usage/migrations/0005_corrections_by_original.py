"""An event's corrections are found by an index, which ordinary events are not in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0004_unpriced_receipts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='usageevent',
            index=models.Index(condition=models.Q(('corrects__isnull', False)), fields=['organization', 'corrects'], name='usage_event_by_original'),
        ),
    ]
