"""A re-rating's preview tells what has no price: tokens, and events without a list price. Many prices are "prices"."""

from django.db import migrations, models

from teams.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0012_price_windows"),
    ]

    operations = [Together([
        migrations.AlterModelOptions(
            name="price",
            options={
                "ordering": ("model", "service_tier", "context_threshold", "-valid_from"),
                "verbose_name": "price",
                "verbose_name_plural": "prices",
            },
        ),
        migrations.AddField(
            model_name="reratingpart",
            name="unpriced_tokens_before",
            field=models.BigIntegerField(default=0, verbose_name="unpriced tokens before"),
        ),
        migrations.AddField(
            model_name="reratingpart",
            name="unpriced_tokens_after",
            field=models.BigIntegerField(default=0, verbose_name="unpriced tokens after"),
        ),
        migrations.AddField(
            model_name="reratingpart",
            name="unpriced_left",
            field=models.BigIntegerField(default=0, verbose_name="still without a price"),
        ),
        migrations.AddField(
            model_name="reratingpart",
            name="unpriced_tokens_left",
            field=models.BigIntegerField(default=0, verbose_name="tokens still without a price"),
        ),
        migrations.AddField(
            model_name="reratingpart",
            name="list_unpriced_before",
            field=models.BigIntegerField(default=0, verbose_name="without a list price before"),
        ),
        migrations.AddField(
            model_name="reratingpart",
            name="list_unpriced_after",
            field=models.BigIntegerField(default=0, verbose_name="without a list price after"),
        ),
    ])]
