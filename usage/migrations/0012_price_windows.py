"""Prices that hold at some hours of the day only; sources with the page that says the price."""

from django.db import migrations, models

from teams.migrations import Together


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0003_keys_open_invoices"),
        ("usage", "0011_reratings"),
    ]

    operations = [Together([
        migrations.RemoveConstraint(
            model_name="price",
            name="one_price_per_model_tier_and_instant",
        ),
        migrations.AddField(
            model_name="price",
            name="window_days",
            field=models.PositiveSmallIntegerField(
                default=127, help_text="One bit per day, Monday the lowest.", verbose_name="days of the week"
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="window_end",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Minutes after midnight, UTC; 0: at any hour.",
                verbose_name="until minute of the day",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="window_start",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="Minutes after midnight, UTC.", verbose_name="from minute of the day"
            ),
        ),
        migrations.AlterField(
            model_name="price",
            name="source",
            field=models.CharField(max_length=300, verbose_name="source"),
        ),
        migrations.AddConstraint(
            model_name="price",
            constraint=models.UniqueConstraint(
                fields=(
                    "model",
                    "organization",
                    "service_tier",
                    "context_threshold",
                    "window_start",
                    "window_end",
                    "window_days",
                    "valid_from",
                ),
                name="one_price_per_model_tier_and_instant",
                nulls_distinct=False,
            ),
        ),
    ])]
