import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0002_social_links'),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('note', models.TextField(default='')),
                ('base', models.JSONField()),
                ('covers_past', models.BooleanField(default=False)),
                ('is_default', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('updated_at', models.DateTimeField()),
                ('live_from', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('published_by', models.TextField(default='')),
                ('copied_from', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='returns.policyversion')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'number'), name='policy_version_number'), models.UniqueConstraint(condition=models.Q(('published_at__isnull', True)), fields=('store',), name='one_policy_draft_per_store'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('store',), name='one_default_policy_per_store'), models.CheckConstraint(condition=models.Q(models.Q(('live_from__isnull', True), ('published_at__isnull', True), ('published_by', '')), models.Q(('live_from__isnull', False), ('published_at__isnull', False), models.Q(('published_by', ''), _negated=True)), _connector='OR'), name='policy_published_at_by'), models.CheckConstraint(condition=models.Q(('live_from__isnull', True), ('live_from__gte', models.F('published_at')), _connector='OR'), name='policy_live_after_publishing')],
                'indexes': [models.Index(condition=models.Q(('live_from__isnull', False)), fields=['store', '-live_from'], name='policy_by_live')],
            },
        ),
        migrations.CreateModel(
            name='PolicyRule',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('name', models.TextField()),
                ('condition', models.JSONField()),
                ('effects', models.JSONField()),
                ('is_active', models.BooleanField(default=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='returns.policyversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('version', 'position'), name='policy_rule_position'), models.UniqueConstraint(fields=('version', 'name'), name='policy_rule_name'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='policy_rule_named')],
            },
        ),
        migrations.CreateModel(
            name='PolicyReplay',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('snapshot', models.JSONField()),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('ask_after_days', models.PositiveSmallIntegerField()),
                ('label_cost_minor', models.BigIntegerField(default=0)),
                ('state', models.TextField(default='waiting')),
                ('orders_total', models.PositiveIntegerField(default=0)),
                ('orders_done', models.PositiveIntegerField(default=0)),
                ('cursor', models.UUIDField(null=True)),
                ('cursor_at', models.DateTimeField(null=True)),
                ('totals', models.JSONField(default=dict)),
                ('problem', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('worked_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('against', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='returns.policyversion')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='returns.policyversion')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'done', 'canceled', 'failed'])), name='replay_state'), models.CheckConstraint(condition=models.Q(('since__lt', models.F('until'))), name='replay_span'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('state__in', ['waiting', 'running'])), models.Q(('finished_at__isnull', False), ('state__in', ['done', 'canceled', 'failed'])), _connector='OR'), name='replay_finished_at'), models.CheckConstraint(condition=models.Q(('label_cost_minor__gte', 0)), name='replay_label_cost')],
                'indexes': [models.Index(fields=['store', '-created_at'], name='replay_by_time'), models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['created_at'], name='replay_open')],
            },
        ),
        migrations.CreateModel(
            name='ReplayChunk',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('lines', models.PositiveIntegerField()),
                ('document', models.BinaryField()),
                ('replay', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='returns.policyreplay')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('replay', 'position'), name='replay_chunk_once')],
            },
        ),
        migrations.CreateModel(
            name='ReturnReason',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.TextField()),
                ('position', models.PositiveIntegerField()),
                ('words', models.JSONField()),
                ('fault', models.TextField()),
                ('damage', models.TextField(default='')),
                ('asks_photo', models.BooleanField(default=False)),
                ('condition', models.JSONField(default=dict)),
                ('is_active', models.BooleanField(default=True)),
                ('updated_at', models.DateTimeField()),
                ('parent', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='returns.returnreason')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'code'), name='reason_code_once'), models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z][a-z0-9_]{0,59}$')), name='reason_code'), models.CheckConstraint(condition=models.Q(('fault__in', ['shopper', 'merchant', 'carrier'])), name='reason_fault'), models.CheckConstraint(condition=models.Q(('parent__isnull', True), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='reason_not_own_parent')],
            },
        ),
        migrations.CreateModel(
            name='WarrantyPolicy',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('name', models.TextField()),
                ('condition', models.JSONField()),
                ('months', models.PositiveSmallIntegerField()),
                ('resolutions', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('is_auto', models.BooleanField(default=False)),
                ('needs_photos', models.PositiveSmallIntegerField(default=1)),
                ('is_active', models.BooleanField(default=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='returns.policyversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('version', 'position'), name='warranty_position'), models.UniqueConstraint(fields=('version', 'name'), name='warranty_name'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='warranty_named'), models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 1200)), name='warranty_months'), models.CheckConstraint(condition=models.Q(('resolutions__contained_by', ['refund', 'exchange', 'exchange_any', 'store_credit', 'replacement', 'replacement_part', 'repair']), ('resolutions__len__gte', 1)), name='warranty_resolutions'), models.CheckConstraint(condition=models.Q(('needs_photos__lte', 10)), name='warranty_photos')],
            },
        ),
        migrations.CreateModel(
            name='HolidayExtension',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('words', models.JSONField(default=dict)),
                ('orders_from', models.DateField()),
                ('orders_to', models.DateField()),
                ('until_date', models.DateField()),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_by', models.TextField(default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'orders_from'], name='extension_by_day')],
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='extension_named'), models.CheckConstraint(condition=models.Q(('orders_from__lte', models.F('orders_to')), ('orders_to__lte', models.F('until_date'))), name='extension_days'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by', '')), models.Q(('withdrawn_at__isnull', False), models.Q(('withdrawn_by', ''), _negated=True)), _connector='OR'), name='extension_withdrawn_at_by')],
            },
        ),
    ]
