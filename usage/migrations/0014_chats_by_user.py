"""Chats tell who used them, and those that are left alone are found in any order."""

import datetime
from pathlib import Path

import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models

from teams.migrations import Together


def named_sql(name: str) -> migrations.RunSQL:
    """The statements of ``sql/name.sql``."""
    return migrations.RunSQL((Path(__file__).parent / 'sql' / f'{name}.sql').read_text(), migrations.RunSQL.noop)


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0005_entries_by_name'),
        ('usage', '0013_unpriced_in_reratings'),
    ]

    operations = [Together([
        migrations.RemoveIndex(
            model_name='chat',
            name='usage_chat_by_last',
        ),
        migrations.AddField(
            model_name='chat',
            name='department_id',
            field=models.BigIntegerField(default=0, verbose_name='department'),
        ),
        migrations.AddField(
            model_name='chat',
            name='model_id',
            field=models.BigIntegerField(default=0, verbose_name='model'),
        ),
        migrations.AddField(
            model_name='chat',
            name='is_quiet',
            field=models.BooleanField(default=False, verbose_name='quiet'),
        ),
        migrations.AddField(
            model_name='chat',
            name='is_shared',
            field=models.BooleanField(default=False, verbose_name='shared'),
        ),
        named_sql('users_of_chats'),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(condition=models.Q(('is_quiet', False)), fields=['organization', 'last_at', 'first_at'], name='usage_chat_lively'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(condition=models.Q(('is_quiet', True)), fields=['organization', 'last_at', 'first_at'], name='usage_chat_by_last'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(models.F('organization'), models.Func('last_at', template="date_bin('7 days', %(expressions)s, '2001-01-01 00:00:00+00')"), models.F('contracted_cost'), models.F('id'), condition=models.Q(('is_quiet', True)), name='usage_chat_by_cost'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(models.F('organization'), models.Func('last_at', template="date_bin('7 days', %(expressions)s, '2001-01-01 00:00:00+00')"), django.db.models.expressions.CombinedExpression(models.F('input_tokens'), '+', models.F('output_tokens')), models.F('id'), condition=models.Q(('is_quiet', True)), name='usage_chat_by_tokens'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(condition=models.Q(('is_quiet', True), ('is_shared', False)), fields=['organization', 'department_id', 'last_at', 'first_at'], include=('id', 'member_id', 'calls', 'contracted_cost', 'input_tokens', 'output_tokens', 'unpriced'), name='usage_chat_by_department'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(condition=models.Q(('is_quiet', True)), fields=['organization', 'member_id', 'last_at'], include=('first_at', 'calls'), name='usage_chat_by_member'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(condition=models.Q(('is_quiet', True), django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('last_at'), '-', models.F('first_at')), datetime.timedelta(days=2))), fields=['organization', 'last_at', 'first_at'], name='usage_chat_long'),
        ),
        migrations.AddIndex(
            model_name='chat',
            index=models.Index(condition=models.Q(('is_quiet', True), ('is_shared', True)), fields=['organization', 'last_at', 'first_at'], name='usage_chat_shared'),
        ),
        migrations.AddIndex(
            model_name='usageevent',
            index=models.Index(condition=models.Q(('chat_id__isnull', True), ('files__isnull', False)), fields=['organization', 'department_id', 'member_id'], name='usage_event_loose_files'),
        ),
    ])]
