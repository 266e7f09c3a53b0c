"""The chats of each department stand in the order of cost and of tokens, week by week, as those of everybody do.

Marking chats as quiet pays for it, not ingest.
"""

from typing import Final

from django.db import migrations, models

IN_ORDER_OF: Final = {
    "usage_chat_department_cost": models.F("contracted_cost"),
    "usage_chat_department_tokens": models.F("input_tokens") + models.F("output_tokens"),
}


class Migration(migrations.Migration):
    dependencies = [("usage", "0021_chats_by_words")]

    operations = [
        migrations.AddIndex(
            model_name="chat",
            index=models.Index(
                "organization",
                "department_id",
                models.Func(
                    "last_at", template="date_bin('7 days', %(expressions)s, '2001-01-01 00:00:00+00')"
                ),
                key,
                "id",
                name=name,
                condition=models.Q(is_quiet=True, is_shared=False),
            ),
        )
        for name, key in IN_ORDER_OF.items()
    ]
