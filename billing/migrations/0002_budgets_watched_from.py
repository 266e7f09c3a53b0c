"""From which period on a budget's version is watched."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0001_budgets_and_invoices'),
    ]

    operations = [
        migrations.AddField(
            model_name='budget',
            name='watched_from',
            field=models.DateField(editable=False, help_text='The first day of the first period that this version is for; empty: every period.', null=True, verbose_name='watched from'),
        ),
    ]
