import django.db.models.deletion
import doorstep.kernel.ids
import doorstep.kernel.secrets
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('url', models.TextField()),
                ('description', models.TextField(default='')),
                ('event_types', models.JSONField(default=list)),
                ('secrets', doorstep.kernel.secrets.EncryptedJSONField(default=dict)),
                ('previous_until', models.DateTimeField(null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('disabled_at', models.DateTimeField(null=True)),
                ('disabled_reason', models.TextField(default='')),
                ('failing_since', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('deleted_at', models.DateTimeField(null=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('disabled_at', None), ('disabled_reason', ''), ('is_active', True)), models.Q(('disabled_at__isnull', False), ('disabled_reason__in', ('by_hand', 'gone', 'failing')), ('is_active', False)), _connector='OR'), name='endpoint_disabled'), models.CheckConstraint(condition=models.Q(('deleted_at', None), ('is_active', False), _connector='OR'), name='endpoint_deleted'), models.CheckConstraint(condition=models.Q(('url', ''), _negated=True), name='endpoint_has_url')],
                'indexes': [models.Index(condition=models.Q(('deleted_at', None)), fields=['store', 'created_at'], name='endpoint_by_store')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('webhook_id', models.TextField()),
                ('event_type', models.TextField()),
                ('position', models.BigIntegerField(null=True)),
                ('subject', models.TextField(default='')),
                ('body', models.TextField()),
                ('status', models.TextField(default='pending')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('lost_leases', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('claimed_by', models.TextField(default='')),
                ('last_status_code', models.PositiveSmallIntegerField(null=True)),
                ('last_error', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connectors_webhooks.endpoint')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'webhook_id'), name='webhook_once_per_endpoint'), models.CheckConstraint(condition=models.Q(('status__in', ('pending', 'sending', 'delivered', 'failed', 'parked', 'discarded'))), name='webhook_status'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('next_attempt_at__isnull', False), ('status__in', ('pending', 'sending'))), models.Q(('finished_at__isnull', False), ('next_attempt_at', None), ('status__in', ['delivered', 'failed', 'discarded'])), models.Q(('finished_at', None), ('next_attempt_at', None), ('status', 'parked')), _connector='OR'), name='webhook_times'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'sending'), _negated=True), models.Q(('claimed_by', ''), _negated=True), _connector='OR'), name='webhook_claimed')],
                'indexes': [models.Index(condition=models.Q(('status__in', ('pending', 'sending'))), fields=['endpoint', 'next_attempt_at'], name='webhook_due'), models.Index(fields=['store', '-id'], name='webhook_recent'), models.Index(fields=['endpoint', '-id'], name='webhook_of_endpoint'), models.Index(condition=models.Q(('status__in', ['failed', 'parked'])), fields=['store', '-id'], name='webhook_problems'), models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='webhook_finished')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('signature', models.TextField()),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('error', models.TextField(default='')),
                ('duration_ms', models.PositiveIntegerField()),
                ('response_body', models.TextField(default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connectors_webhooks.delivery')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connectors_webhooks.endpoint')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='attempt_once'), models.CheckConstraint(condition=models.Q(('status_code__isnull', False), models.Q(('error', ''), _negated=True), _connector='OR'), name='attempt_has_outcome')],
                'indexes': [models.Index(fields=['endpoint', 'at'], name='attempt_by_time')],
            },
        ),
    ]
