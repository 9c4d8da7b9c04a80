import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import doorstep.kernel.ids
import doorstep.rooms.customers.contracts
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField(default='')),
                ('search_name', models.TextField(default='')),
                ('email', models.TextField(default='')),
                ('email_is_relay', models.BooleanField(default=False)),
                ('phone', models.TextField(default='')),
                ('phone_shown', models.TextField(default='')),
                ('locale', models.TextField(default='')),
                ('timezone', models.TextField(default='')),
                ('preferred_channel', models.TextField(default='')),
                ('country_code', models.CharField(default='', max_length=2)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('note', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('erased_at', models.DateTimeField(null=True)),
                ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('preferred_channel__in', ('', 'email', 'sms'))), name='customer_preferred_channel'), models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+[1-9][0-9]{3,14}$'), _connector='OR'), name='customer_phone'), models.CheckConstraint(condition=models.Q(('country_code', ''), ('country_code__regex', '^[A-Z]{2}$'), _connector='OR'), name='customer_country'), models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='customer_not_own_survivor'), models.CheckConstraint(condition=models.Q(('first_seen_at__lte', models.F('last_seen_at'))), name='customer_seen'), models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), models.Q(('email', ''), ('name', ''), ('note', ''), ('phone', '')), _connector='OR'), name='customer_erased_is_empty')],
                'indexes': [models.Index(condition=models.Q(('merged_into__isnull', True)), fields=['store', '-last_seen_at', '-id'], name='customer_list'), models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['store', 'merged_into'], name='customer_absorbed'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('search_name', config='simple'), name='customer_name_words'), django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='customer_tags')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('channel', models.TextField(default='')),
                ('value', models.TextField()),
                ('is_relay', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_relay', False)), fields=('store', 'kind', 'channel', 'value'), name='identity_of_one_customer'), models.CheckConstraint(condition=models.Q(('kind__in', ['email', 'phone', 'platform'])), name='identity_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', doorstep.rooms.customers.contracts.IdentityKind['PLATFORM']), models.Q(('channel', ''), _negated=True)), models.Q(models.Q(('kind', doorstep.rooms.customers.contracts.IdentityKind['PLATFORM']), _negated=True), ('channel', '')), _connector='OR'), name='identity_channel'), models.CheckConstraint(condition=models.Q(('is_relay', False), ('kind', doorstep.rooms.customers.contracts.IdentityKind['EMAIL']), _connector='OR'), name='identity_relay'), models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='identity_value')],
                'indexes': [models.Index(fields=['store', 'value'], name='identity_beginnings', opclasses=['uuid_ops', 'text_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('moved', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('by_label', models.TextField(default='')),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.TextField(default='')),
                ('undone_by_label', models.TextField(default='')),
                ('absorbed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('absorbed',), name='absorbed_once'), models.CheckConstraint(condition=models.Q(('survivor', models.F('absorbed')), _negated=True), name='merge_of_two'), models.CheckConstraint(condition=models.Q(models.Q(('undone_at__isnull', True), ('undone_by', '')), models.Q(('undone_at__isnull', False), models.Q(('undone_by', ''), _negated=True)), _connector='OR'), name='merge_undone_by')],
                'indexes': [models.Index(fields=['store', 'survivor', '-at'], name='merge_by_survivor')],
            },
        ),
        migrations.CreateModel(
            name='MergeSuggestion',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.TextField(default='')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='suggestion_pair'), models.UniqueConstraint(fields=('store', 'first', 'second'), name='suggested_once_per_pair'), models.CheckConstraint(condition=models.Q(('reason__in', ['conflicting_evidence', 'same_phone'])), name='suggestion_reason'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('settled_by', '')), models.Q(('settled_at__isnull', False), models.Q(('settled_by', ''), _negated=True)), _connector='OR'), name='suggestion_settled_by')],
                'indexes': [models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['store', '-created_at'], name='suggestion_open')],
            },
        ),
    ]
