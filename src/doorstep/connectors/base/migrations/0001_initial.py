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
            name='Connection',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('name', models.TextField()),
                ('sales_channel', models.TextField()),
                ('shop_url', models.TextField(default='')),
                ('secrets', doorstep.kernel.secrets.EncryptedJSONField(default=dict)),
                ('currency', models.CharField(default='', max_length=3)),
                ('timezone', models.TextField(default='')),
                ('stale_after_hours', models.PositiveIntegerField(default=24)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('bad_signature_count', models.PositiveBigIntegerField(default=0)),
                ('bad_signature_since', models.DateTimeField(null=True)),
                ('bad_signature_at', models.DateTimeField(null=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'name'), name='one_connection_per_name'), models.CheckConstraint(condition=models.Q(('currency', ''), ('currency__regex', '^[A-Z]{3}$'), _connector='OR'), name='connection_currency'), models.CheckConstraint(condition=models.Q(('stale_after_hours__range', (1, 8760))), name='connection_stale_after'), models.CheckConstraint(condition=models.Q(models.Q(('bad_signature_at', None), ('bad_signature_count', 0), ('bad_signature_since', None)), models.Q(('bad_signature_count__gt', 0), ('bad_signature_since__isnull', False), ('bad_signature_at__isnull', False)), _connector='OR'), name='connection_bad_signatures')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('topic', models.TextField()),
                ('body', models.BinaryField()),
                ('headers', models.JSONField(default=dict)),
                ('external_delivery_id', models.TextField(default='')),
                ('external_event_id', models.TextField(default='')),
                ('triggered_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField()),
                ('is_stale', models.BooleanField(default=False)),
                ('status', models.TextField(default='received')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('waiting_for', models.TextField(default='')),
                ('order_external_id', models.TextField(default='')),
                ('error_code', models.TextField(default='')),
                ('error_detail', models.TextField(default='')),
                ('error_field', models.TextField(default='')),
                ('is_retriable', models.BooleanField(default=True)),
                ('processed_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='connectors_base.connection')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ('received', 'processed', 'ignored', 'waiting', 'rejected', 'parked', 'discarded'))), name='delivery_status'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['received', 'waiting']), _negated=True), ('next_attempt_at__isnull', False), _connector='OR'), name='delivery_due_has_time'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'waiting'), _negated=True), models.Q(('waiting_for', ''), _negated=True), _connector='OR'), name='delivery_waits_for_order'), models.CheckConstraint(condition=models.Q(('status__in', ['received', 'waiting']), ('processed_at__isnull', False), _connector='OR'), name='delivery_done_has_time'), models.UniqueConstraint(condition=models.Q(('external_delivery_id', ''), _negated=True), fields=('connection', 'external_delivery_id'), name='one_delivery_per_id'), models.UniqueConstraint(condition=models.Q(('external_event_id', ''), _negated=True), fields=('connection', 'topic', 'external_event_id'), name='one_delivery_per_event')],
                'indexes': [models.Index(condition=models.Q(('status__in', ['received', 'waiting'])), fields=['next_attempt_at', 'id'], name='delivery_due'), models.Index(condition=models.Q(('status', 'waiting')), fields=['connection', 'waiting_for'], name='delivery_waiting'), models.Index(condition=models.Q(('status__in', ('rejected', 'parked', 'waiting')), models.Q(('error_code', ''), _negated=True), _connector='OR'), fields=['store', '-received_at'], name='delivery_problems'), models.Index(fields=['store', '-received_at'], name='delivery_recent'), models.Index(condition=models.Q(('processed_at__isnull', False)), fields=['processed_at'], name='delivery_finished'), models.Index(condition=models.Q(('order_external_id', ''), _negated=True), fields=['store', 'order_external_id'], name='delivery_of_order')],
            },
        ),
    ]
