"""Above which context size the price of a line holds. Lines from before keep their words: theirs is 0."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0002_budgets_watched_from'),
    ]

    operations = [
        migrations.AddField(
            model_name='invoiceline',
            name='context_threshold',
            field=models.BigIntegerField(default=0, verbose_name='above input tokens'),
        ),
    ]
