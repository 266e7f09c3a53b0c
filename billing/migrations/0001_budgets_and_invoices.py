"""Budgets, plans, invoices and payments."""

from pathlib import Path

import billing.models.budget
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('teams', '0002_outbox'),
        ('usage', '0003_contract_rates_and_touches'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Issuer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('legal_name', models.CharField(max_length=200, verbose_name='legal name')),
                ('address', models.TextField(help_text='As it stands on letters, without the country.', verbose_name='address')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('tax_id', models.CharField(blank=True, max_length=40, verbose_name='tax id')),
                ('registration', models.CharField(blank=True, max_length=200, verbose_name='registration')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('website', models.CharField(blank=True, max_length=200, verbose_name='website')),
                ('bank_name', models.CharField(blank=True, max_length=200, verbose_name='bank')),
                ('iban', models.CharField(blank=True, max_length=42, verbose_name='IBAN or account number')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'issuer',
                'verbose_name_plural': 'issuers',
                'ordering': ('legal_name',),
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('currency', models.CharField(default='USD', max_length=3, verbose_name='currency of the fee')),
                ('base_fee', models.DecimalField(decimal_places=4, default=0, max_digits=24, validators=[django.core.validators.MinValueValidator(0)], verbose_name='base fee a month')),
                ('included_tokens', models.PositiveBigIntegerField(default=0, verbose_name='included tokens a month')),
                ('markup_factor', models.DecimalField(decimal_places=6, default=1, max_digits=12, validators=[django.core.validators.MinValueValidator(0)], verbose_name='factor on list prices')),
                ('is_active', models.BooleanField(default=True, verbose_name='offered')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'plan',
                'verbose_name_plural': 'plans',
                'ordering': ('name',),
            },
        ),
        migrations.CreateModel(
            name='BillingAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('legal_name', models.CharField(max_length=200, verbose_name='legal name')),
                ('address', models.TextField(help_text='As it stands on letters, without the country.', verbose_name='address')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('tax_id', models.CharField(blank=True, max_length=40, verbose_name='tax id')),
                ('purchase_order', models.CharField(blank=True, max_length=80, verbose_name='purchase order')),
                ('tax_name', models.CharField(default='VAT', max_length=40, verbose_name='tax')),
                ('tax_rate', models.DecimalField(decimal_places=3, default=0, max_digits=6, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='tax rate, %')),
                ('net_payment_term', models.PositiveSmallIntegerField(default=14, verbose_name='days to pay')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='billing_account', to='teams.organization', verbose_name='organization')),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='billing.issuer', verbose_name='issuer')),
            ],
            options={
                'verbose_name': 'billing account',
                'verbose_name_plural': 'billing accounts',
                'ordering': ('legal_name',),
            },
        ),
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('scope_kind', models.CharField(choices=[('organization', 'Organization'), ('department', 'Department'), ('project', 'Project'), ('member', 'Member')], max_length=16, verbose_name='for')),
                ('scope_id', models.BigIntegerField(help_text='The id of the department, project or member.', verbose_name='which')),
                ('unit', models.CharField(choices=[('money', 'Money'), ('tokens', 'Tokens')], default='money', max_length=8, verbose_name='unit')),
                ('limit', models.DecimalField(decimal_places=4, max_digits=24, validators=[django.core.validators.MinValueValidator(0)], verbose_name='limit')),
                ('period_kind', models.CharField(choices=[('day', 'Day'), ('week', 'Week'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year')], default='month', max_length=8, verbose_name='per')),
                ('thresholds', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)]), default=billing.models.budget.default_thresholds, size=None, verbose_name='thresholds, %')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='budgets', to='teams.organization', verbose_name='organization')),
            ],
            options={
                'verbose_name': 'budget',
                'verbose_name_plural': 'budgets',
                'ordering': ('organization', 'scope_kind', 'name'),
            },
        ),
        migrations.CreateModel(
            name='ExchangeRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('rate_date', models.DateField(verbose_name='date')),
                ('units_per_usd', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='units for one US dollar')),
                ('source', models.CharField(max_length=100, verbose_name='source')),
            ],
            options={
                'verbose_name': 'exchange rate',
                'verbose_name_plural': 'exchange rates',
                'ordering': ('currency', '-rate_date'),
                'constraints': [models.UniqueConstraint(fields=('currency', 'rate_date'), name='one_rate_per_currency_and_day'), models.CheckConstraint(condition=models.Q(('units_per_usd__gt', 0)), name='rates_are_positive')],
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(blank=True, max_length=40, null=True, verbose_name='number')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('finalized', 'Finalized'), ('voided', 'Voided')], default='draft', max_length=12, verbose_name='status')),
                ('payment_status', models.CharField(choices=[('unpaid', 'Unpaid'), ('partially_paid', 'Partially paid'), ('paid', 'Paid'), ('refunded', 'Refunded'), ('written_off', 'Written off')], default='unpaid', max_length=16, verbose_name='payment')),
                ('period', models.DateField(verbose_name='billing month')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('units_per_usd', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='units for one US dollar')),
                ('language', models.CharField(max_length=8, verbose_name='language')),
                ('time_zone', models.CharField(max_length=64, verbose_name='time zone')),
                ('parties', models.JSONField(verbose_name='parties')),
                ('terms', models.JSONField(verbose_name='terms')),
                ('net_payment_term', models.PositiveSmallIntegerField(verbose_name='days to pay')),
                ('issuing_date', models.DateField(blank=True, null=True, verbose_name='issued')),
                ('payment_due_date', models.DateField(blank=True, null=True, verbose_name='due')),
                ('net_total', models.DecimalField(decimal_places=4, default=0, max_digits=24, verbose_name='net')),
                ('tax_total', models.DecimalField(decimal_places=4, default=0, max_digits=24, verbose_name='tax')),
                ('total', models.DecimalField(decimal_places=4, default=0, max_digits=24, verbose_name='total')),
                ('paid_total', models.DecimalField(decimal_places=4, default=0, max_digits=24, verbose_name='paid')),
                ('lines_digest', models.CharField(blank=True, max_length=64, verbose_name='digest of the lines')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('finalized_at', models.DateTimeField(blank=True, null=True, verbose_name='finalized')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('voided_at', models.DateTimeField(blank=True, null=True, verbose_name='voided')),
                ('void_reason', models.CharField(blank=True, max_length=300, verbose_name='reason for voiding')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='teams.organization', verbose_name='organization')),
                ('pdf', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.document', verbose_name='PDF')),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='billing.issuer', verbose_name='issuer')),
            ],
            options={
                'verbose_name': 'invoice',
                'verbose_name_plural': 'invoices',
                'ordering': ('-period', '-id'),
            },
        ),
        migrations.CreateModel(
            name='CreditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='amount')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_entries', to='teams.organization')),
                ('invoice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit_entries', to='billing.invoice')),
            ],
            options={
                'verbose_name': 'credit entry',
                'verbose_name_plural': 'credit entries',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='InvoicedClose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(verbose_name='billing month')),
                ('close_number', models.IntegerField(verbose_name='close number')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closes', to='billing.invoice')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.organization')),
            ],
            options={
                'verbose_name': 'invoiced close',
                'verbose_name_plural': 'invoiced closes',
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('kind', models.CharField(choices=[('base_fee', 'Base fee'), ('usage', 'Usage'), ('included', 'Included tokens'), ('credit', 'Credit balance')], max_length=12, verbose_name='kind')),
                ('charge_category', models.CharField(choices=[('Usage', 'Usage'), ('Purchase', 'Purchase'), ('Tax', 'Tax'), ('Credit', 'Credit'), ('Adjustment', 'Adjustment')], max_length=12, verbose_name='category')),
                ('service_period', models.DateField(verbose_name='service month')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('model_id', models.BigIntegerField(default=0, verbose_name='model')),
                ('provider_name', models.CharField(blank=True, max_length=100, verbose_name='provider')),
                ('model_name', models.CharField(blank=True, max_length=200, verbose_name='model name')),
                ('service_tier', models.CharField(blank=True, max_length=40, verbose_name='service tier')),
                ('charge_kind', models.CharField(blank=True, choices=[('input', 'Input, not cached'), ('cache_read', 'Cached input'), ('cache_write_5m', 'Cache write, 5 minutes'), ('cache_write_1h', 'Cache write, 1 hour'), ('audio_input', 'Audio input'), ('image_input', 'Image input'), ('output', 'Output'), ('reasoning', 'Reasoning'), ('audio_output', 'Audio output'), ('audio_second', 'Audio seconds'), ('web_search', 'Web search calls'), ('code_run', 'Code run calls'), ('call', 'Calls')], max_length=16, verbose_name='of')),
                ('price_id', models.BigIntegerField(default=0, verbose_name='price')),
                ('rate_id', models.BigIntegerField(default=0, verbose_name='contract rate')),
                ('quantity', models.BigIntegerField(default=1, verbose_name='quantity')),
                ('unit_price', models.DecimalField(decimal_places=15, max_digits=30, null=True, verbose_name='unit price, USD')),
                ('cost', models.DecimalField(decimal_places=15, max_digits=38, null=True, verbose_name='cost, USD')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='amount')),
                ('tax_rate', models.DecimalField(decimal_places=3, max_digits=6, verbose_name='tax rate, %')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.invoice')),
            ],
            options={
                'verbose_name': 'invoice line',
                'verbose_name_plural': 'invoice lines',
                'ordering': ('invoice', 'position'),
            },
        ),
        migrations.CreateModel(
            name='InvoiceShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dimension', models.CharField(choices=[('feature', 'Feature'), ('department', 'Department')], max_length=12, verbose_name='by')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('scope_id', models.BigIntegerField(default=0, verbose_name='id')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('cost', models.DecimalField(decimal_places=15, max_digits=38, verbose_name='cost, USD')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='amount')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='billing.invoice')),
            ],
            options={
                'verbose_name': 'share',
                'verbose_name_plural': 'shares',
                'ordering': ('invoice', 'dimension', 'position'),
            },
        ),
        migrations.CreateModel(
            name='InvoiceTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='tax')),
                ('rate', models.DecimalField(decimal_places=3, max_digits=6, verbose_name='rate, %')),
                ('taxable_amount', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='taxable')),
                ('tax_amount', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='tax')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taxes', to='billing.invoice')),
            ],
            options={
                'verbose_name': 'tax',
                'verbose_name_plural': 'taxes',
                'ordering': ('invoice', 'rate'),
            },
        ),
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invoice', 'Invoices'), ('credit_note', 'Credit notes')], max_length=16, verbose_name='for')),
                ('prefix', models.CharField(blank=True, max_length=20, verbose_name='prefix')),
                ('digits', models.PositiveSmallIntegerField(default=5, verbose_name='digits')),
                ('next_number', models.PositiveBigIntegerField(default=1, verbose_name='next number')),
                ('issuer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='billing.issuer')),
            ],
            options={
                'verbose_name': 'number series',
                'verbose_name_plural': 'number series',
                'ordering': ('issuer', 'kind'),
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('paid_on', models.DateField(verbose_name='paid on')),
                ('method', models.CharField(default='bank transfer', max_length=40, verbose_name='method')),
                ('reference', models.CharField(blank=True, max_length=200, verbose_name='reference')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.invoice')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
                'ordering': ('-paid_on', '-id'),
            },
        ),
        migrations.CreateModel(
            name='PeriodRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(verbose_name='billing month')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('units_per_usd', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='units for one US dollar')),
                ('rate_date', models.DateField(null=True, verbose_name='rate of')),
                ('fixed_at', models.DateTimeField(auto_now_add=True, verbose_name='fixed')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.organization')),
            ],
            options={
                'verbose_name': 'rate of a month',
                'verbose_name_plural': 'rates of months',
            },
        ),
        migrations.CreateModel(
            name='PlanPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('input', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='input')),
                ('cache_read', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='cached input')),
                ('cache_write_5m', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='cache write, 5 minutes')),
                ('cache_write_1h', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='cache write, 1 hour')),
                ('audio_input', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='audio input')),
                ('image_input', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='image input')),
                ('output', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='output')),
                ('reasoning', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='reasoning')),
                ('audio_output', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='audio output')),
                ('audio_second', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='audio second')),
                ('web_search', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='web search call')),
                ('code_run', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='code run call')),
                ('call', models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name='call')),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='usage.llmmodel', verbose_name='model')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='billing.plan')),
            ],
            options={
                'verbose_name': 'price of the plan',
                'verbose_name_plural': 'prices of the plan',
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(help_text='The first day of a billing month.', verbose_name='from')),
                ('valid_until', models.DateField(blank=True, help_text='The first month without it.', null=True, verbose_name='until')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='teams.organization', verbose_name='organization')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='billing.plan', verbose_name='plan')),
            ],
            options={
                'verbose_name': 'subscription',
                'verbose_name_plural': 'subscriptions',
                'ordering': ('organization', 'valid_from'),
            },
        ),
        migrations.CreateModel(
            name='TriggeredAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('budget_version', models.PositiveIntegerField(verbose_name='budget version')),
                ('period_start', models.DateField(verbose_name='period from')),
                ('period_end', models.DateField(help_text='The last day.', verbose_name='period to')),
                ('threshold', models.PositiveSmallIntegerField(verbose_name='threshold, %')),
                ('limit', models.DecimalField(decimal_places=4, max_digits=24, verbose_name='limit then')),
                ('spent', models.DecimalField(decimal_places=15, max_digits=38, verbose_name='spent then')),
                ('is_lower_bound', models.BooleanField(default=False, verbose_name='at least')),
                ('triggered_at', models.DateTimeField(auto_now_add=True, verbose_name='triggered')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='acknowledged')),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('budget', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='billing.budget')),
            ],
            options={
                'verbose_name': 'triggered alert',
                'verbose_name_plural': 'triggered alerts',
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='BillingContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='billing.billingaccount')),
            ],
            options={
                'verbose_name': 'billing contact',
                'verbose_name_plural': 'billing contacts',
                'ordering': ('email',),
                'constraints': [models.UniqueConstraint(fields=('account', 'email'), name='one_contact_per_address')],
            },
        ),
        migrations.AddIndex(
            model_name='budget',
            index=models.Index(fields=['organization', 'is_active'], name='budget_by_organization'),
        ),
        migrations.AddConstraint(
            model_name='invoicedclose',
            constraint=models.UniqueConstraint(fields=('organization', 'period', 'close_number'), name='each_close_is_invoiced_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='one_line_per_position'),
        ),
        migrations.AddConstraint(
            model_name='invoiceshare',
            constraint=models.UniqueConstraint(fields=('invoice', 'dimension', 'position'), name='one_share_per_position'),
        ),
        migrations.AddConstraint(
            model_name='invoicetax',
            constraint=models.UniqueConstraint(fields=('invoice', 'rate'), name='one_tax_per_rate'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('issuer', 'number'), name='one_invoice_per_number'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('organization', 'period'), name='one_draft_per_organization_and_month'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('status', 'draft')), models.Q(models.Q(('status', 'draft'), _negated=True), ('number__isnull', False)), _connector='OR'), name='finalized_invoices_have_numbers'),
        ),
        migrations.AddConstraint(
            model_name='numberseries',
            constraint=models.UniqueConstraint(fields=('issuer', 'kind'), name='one_series_per_issuer_and_kind'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('invoice', 'reference'), name='one_payment_per_invoice_and_reference'),
        ),
        migrations.AddConstraint(
            model_name='periodrate',
            constraint=models.UniqueConstraint(fields=('organization', 'period', 'currency'), name='one_rate_per_organization_and_month'),
        ),
        migrations.AddConstraint(
            model_name='planprice',
            constraint=models.UniqueConstraint(fields=('plan', 'model'), name='one_price_per_plan_and_model'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(fields=('organization', 'valid_from'), name='one_plan_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('organization',), name='one_open_subscription'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__day', 1), models.Q(('valid_until__isnull', True), ('valid_until__day', 1), _connector='OR')), name='subscription_changes_with_a_month'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='subscription_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='triggeredalert',
            constraint=models.UniqueConstraint(fields=('budget', 'budget_version', 'period_start', 'threshold'), name='one_alert_per_version_period_and_threshold'),
        ),
        migrations.RunSQL(
            (Path(__file__).parent / 'sql' / 'finalized_stays.sql').read_text(), migrations.RunSQL.noop
        ),
    ]
