"""What was found each night, decisions about many waiting events, and indexes to page through those."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from teams.migrations import Together


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0003_keys_open_invoices'),
        ('usage', '0007_usage_files'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [Together([
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('night', models.DateField(help_text='The UTC day that it was due on.', verbose_name='night')),
                ('first_day', models.DateField(null=True, verbose_name='first day')),
                ('last_day', models.DateField(null=True, verbose_name='last day')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('leased_until', models.DateTimeField(null=True, verbose_name='being checked until')),
                ('started_at', models.DateTimeField(null=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('rows', models.BigIntegerField(default=0, verbose_name='rows compared')),
                ('differences', models.BigIntegerField(default=0, verbose_name='differences')),
                ('found', models.JSONField(default=list, verbose_name='found')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('organization', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'ledger check',
                'verbose_name_plural': 'ledger checks',
                'ordering': ('-night', 'organization_id'),
                'indexes': [models.Index(condition=models.Q(('finished_at', None)), fields=['night'], name='checks_to_do')],
                'constraints': [models.UniqueConstraint(fields=('night', 'organization'), name='one_check_per_night'), models.UniqueConstraint(condition=models.Q(('organization', None)), fields=('night',), name='one_summary_per_night')],
            },
        ),
        migrations.CreateModel(
            name='QuarantineReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('replay', 'Store'), ('discard', 'Discard')], max_length=8, verbose_name='action')),
                ('chosen', models.JSONField(verbose_name='which events')),
                ('reason', models.TextField(verbose_name='reason')),
                ('until_id', models.UUIDField()),
                ('total', models.BigIntegerField(verbose_name='events')),
                ('done', models.BigIntegerField(default=0, verbose_name='done')),
                ('answers', models.JSONField(default=dict, help_text='Events by what became of them.', verbose_name='answers')),
                ('last_id', models.UUIDField(null=True)),
                ('claim', models.UUIDField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='failures')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'quarantine review',
                'verbose_name_plural': 'quarantine reviews',
                'ordering': ('-id',),
                'indexes': [models.Index(condition=models.Q(('finished_at', None)), fields=['id'], name='reviews_to_do')],
            },
        ),
        migrations.AddIndex(
            model_name='quarantinedevent',
            index=models.Index(fields=['organization', '-id'], name='quarantine_by_organization'),
        ),
        migrations.AddIndex(
            model_name='quarantinedevent',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['-id'], name='quarantine_open'),
        ),
        migrations.AddIndex(
            model_name='quarantinedevent',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['first_received_at', 'reason'], name='quarantine_open_by_age'),
        ),
    ])]
