from django.db import migrations, models


class Migration(migrations.Migration):
    """Rules of providers, and what counts towards a long context, as price lists state them."""

    dependencies = [
        ('usage', '0001_ledger'),
    ]

    operations = [
        migrations.AddField(
            model_name='llmprovider',
            name='name_match',
            field=models.JSONField(blank=True, null=True, verbose_name='matches'),
        ),
        migrations.AddField(
            model_name='llmprovider',
            name='model_match',
            field=models.JSONField(blank=True, null=True, verbose_name='matches models'),
        ),
        migrations.AddField(
            model_name='llmprovider',
            name='fallback_providers',
            field=models.JSONField(blank=True, default=list, verbose_name='serves the models of'),
        ),
        migrations.AddField(
            model_name='price',
            name='context_counts_cache_reads',
            field=models.BooleanField(default=False, help_text='Whether cached input counts towards the number of input tokens.', verbose_name='cached input counts'),
        ),
    ]
