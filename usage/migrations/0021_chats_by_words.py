"""A search through chats that were left alone finds them by an index, among however many.

Both extensions come with PostgreSQL and may be created by whoever may create things in the database. Without statistics
of its own the server takes every word to be rare, and would look up one that stands in all titles.
"""

from typing import Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations, models

WORDS: Final = "(title || E'\\n' || external_id)"


class Migration(migrations.Migration):
    dependencies = [("usage", "0020_months_of_all_measures")]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.AddIndex(
            model_name="chat",
            index=GinIndex(
                "organization",
                OpClass(
                    models.Func(
                        "title", "external_id", template="(%(expressions)s)", arg_joiner=" || E'\\n' || "
                    ),
                    name="gin_trgm_ops",
                ),
                name="usage_chat_by_words",
                condition=models.Q(is_quiet=True),
                fastupdate=False,
            ),
        ),
        migrations.RunSQL(
            f"CREATE STATISTICS usage_chat_words ON {WORDS} FROM usage_chat", "DROP STATISTICS usage_chat_words"
        ),
    ]
