"""Usage files that staff bring in: their bytes until they are stored, what was found, what columns mean."""

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from teams.migrations import Together


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0003_keys_open_invoices'),
        ('usage', '0006_double_sightings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [Together([
        migrations.CreateModel(
            name='FileImport',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('filename', models.CharField(max_length=200, verbose_name='file name')),
                ('size', models.BigIntegerField(default=0, help_text='In bytes.', verbose_name='size')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('file_format', models.JSONField(default=dict, verbose_name='format')),
                ('mapping', models.JSONField(default=dict, verbose_name='mapping')),
                ('findings', models.JSONField(null=True, verbose_name='findings')),
                ('status', models.CharField(choices=[('uploaded', 'Uploaded'), ('checking', 'Being checked'), ('checked', 'Checked'), ('storing', 'Being stored'), ('stored', 'Stored'), ('cancelled', 'Cancelled'), ('failed', 'Failed')], default='uploaded', max_length=10, verbose_name='status')),
                ('error', models.TextField(blank=True, verbose_name='error')),
                ('rows_total', models.BigIntegerField(default=0, verbose_name='rows')),
                ('rows_done', models.BigIntegerField(default=0, verbose_name='rows done')),
                ('voids_done', models.BigIntegerField(default=0, verbose_name='voids done')),
                ('answers', models.JSONField(default=dict, verbose_name='answers')),
                ('void_answers', models.JSONField(default=dict, verbose_name='answers to voids')),
                ('unstored_count', models.BigIntegerField(default=0, verbose_name='rows not stored')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='uploaded')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('queued_at', models.DateTimeField(null=True, verbose_name='waiting since')),
                ('claim', models.UUIDField(null=True, verbose_name='claim')),
                ('leased_until', models.DateTimeField(null=True, verbose_name='with a worker until')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts without progress')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.organization', verbose_name='organization')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
            ],
            options={
                'verbose_name': 'file import',
                'verbose_name_plural': 'file imports',
                'db_table': 'usage_file_import',
                'ordering': ('-id',),
                'indexes': [models.Index(condition=models.Q(('status__in', ('checking', 'storing'))), fields=['queued_at'], name='file_import_queue'), models.Index(fields=['organization', 'sha256'], name='file_import_by_content')],
            },
        ),
        migrations.CreateModel(
            name='FileImportChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('file_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='usage.fileimport')),
            ],
            options={
                'db_table': 'usage_file_import_chunk',
                'constraints': [models.UniqueConstraint(fields=('file_import', 'position'), name='one_chunk_per_position')],
            },
        ),
        migrations.CreateModel(
            name='SavedMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signature', models.CharField(max_length=64)),
                ('mapping', models.JSONField()),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='teams.organization')),
            ],
            options={
                'db_table': 'usage_file_import_mapping',
                'constraints': [models.UniqueConstraint(fields=('organization', 'signature'), name='one_mapping_per_signature')],
            },
        ),
        migrations.CreateModel(
            name='UnstoredRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_final', models.BooleanField()),
                ('line', models.BigIntegerField(verbose_name='line')),
                ('transaction_id', models.CharField(blank=True, max_length=200, verbose_name='transaction id')),
                ('answer', models.CharField(max_length=20, verbose_name='answer')),
                ('field', models.CharField(blank=True, max_length=200, verbose_name='field')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('cells', models.JSONField(default=dict, verbose_name='cells')),
                ('file_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unstored_rows', to='usage.fileimport')),
            ],
            options={
                'verbose_name': 'row not stored',
                'verbose_name_plural': 'rows not stored',
                'db_table': 'usage_file_import_unstored',
                'indexes': [models.Index(fields=['file_import', 'is_final', 'line'], name='unstored_by_line')],
            },
        ),
    ])]
