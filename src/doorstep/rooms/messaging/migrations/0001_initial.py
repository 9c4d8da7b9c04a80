import django.db.models.deletion
import doorstep.kernel.ids
import doorstep.kernel.secrets
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0001_initial'),
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('purpose', models.TextField()),
                ('channel', models.TextField()),
                ('requested_channel', models.TextField(default='')),
                ('cause', models.TextField()),
                ('subject_ref', models.TextField(default='')),
                ('to_address', models.TextField(default='')),
                ('address_key', models.TextField(default='')),
                ('to_name', models.TextField(default='')),
                ('locale', models.TextField(default='')),
                ('context', models.JSONField(default=dict)),
                ('sales_channel', models.TextField(default='')),
                ('is_test', models.BooleanField(default=False)),
                ('status', models.TextField()),
                ('status_words', models.TextField(default='')),
                ('due_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('lost_leases', models.PositiveSmallIntegerField(default=0)),
                ('claimed_by', models.TextField(default='')),
                ('provider', models.TextField(default='')),
                ('provider_message_id', models.TextField(default='')),
                ('message_id_header', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'requested_channel', 'cause'), name='message_once_per_cause'), models.CheckConstraint(condition=models.Q(('status__in', ['queued', 'deferred', 'dropped', 'sending', 'sent', 'delivered', 'bounced', 'complained', 'failed'])), name='message_status'), models.CheckConstraint(condition=models.Q(('purpose__in', ['transactional', 'service', 'marketing'])), name='message_purpose'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='message_channel'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('status__in', ['queued', 'deferred', 'sending'])), models.Q(('due_at__isnull', True), models.Q(('status__in', ['queued', 'deferred', 'sending']), _negated=True)), _connector='OR'), name='message_due_while_open'), models.CheckConstraint(condition=models.Q(('sent_at__isnull', False), models.Q(('status__in', ['sent', 'delivered']), _negated=True), _connector='OR'), name='message_sent_at'), models.CheckConstraint(condition=models.Q(('cause', ''), _negated=True), name='message_has_cause'), models.CheckConstraint(condition=models.Q(models.Q(('to_address', ''), _negated=True), ('status__in', ['dropped']), _connector='OR'), name='message_has_address'), models.CheckConstraint(condition=models.Q(('failures__lte', models.F('attempts'))), name='message_failures')],
                'indexes': [models.Index(condition=models.Q(('status__in', ['queued', 'deferred', 'sending'])), fields=['due_at'], name='message_due'), models.Index(fields=['store', 'subject_ref', '-created_at'], name='message_by_subject'), models.Index(fields=['store', 'customer', '-created_at'], name='message_by_customer'), models.Index(fields=['store', '-created_at', '-id'], name='message_newest'), models.Index(fields=['store', 'status', '-created_at'], name='message_by_status'), models.Index(condition=models.Q(('provider_message_id', ''), _negated=True), fields=['store', 'provider_message_id'], name='message_by_provider_id'), models.Index(condition=models.Q(('message_id_header', ''), _negated=True), fields=['store', 'message_id_header'], name='message_by_header')],
            },
        ),
        migrations.CreateModel(
            name='MessageContent',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject_line', models.TextField(default='')),
                ('packed', models.BinaryField()),
                ('rendered_at', models.DateTimeField()),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.message')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SenderConnection',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('provider', models.TextField()),
                ('name', models.TextField(default='')),
                ('settings', doorstep.kernel.secrets.EncryptedJSONField(default=dict)),
                ('from_name', models.TextField(default='')),
                ('from_address', models.TextField(default='')),
                ('reply_to', models.TextField(default='')),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('store', 'channel'), name='one_active_sender_per_channel'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='sender_channel')],
            },
        ),
        migrations.AddField(
            model_name='message',
            name='connection',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.senderconnection'),
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('provider', models.TextField()),
                ('kind', models.TextField()),
                ('is_permanent', models.BooleanField(default=False)),
                ('channel', models.TextField()),
                ('recipient', models.TextField(default='')),
                ('provider_message_id', models.TextField(default='')),
                ('description', models.TextField(default='')),
                ('dedupe_key', models.TextField()),
                ('raw', models.JSONField(default=dict)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.message')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.senderconnection')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'provider', 'dedupe_key'), name='delivery_event_once'), models.CheckConstraint(condition=models.Q(('dedupe_key', ''), _negated=True), name='delivery_event_has_key')],
                'indexes': [models.Index(fields=['store', 'message', 'occurred_at'], name='delivery_by_message'), models.Index(fields=['store', '-received_at'], name='delivery_newest')],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('address', models.TextField()),
                ('reason', models.TextField()),
                ('source', models.TextField()),
                ('since', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_by', models.TextField(default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('store', 'channel', 'address', 'reason'), name='suppressed_once'), models.CheckConstraint(condition=models.Q(('reason__in', ['hard_bounce', 'complaint', 'unsubscribe', 'manual', 'stop'])), name='suppression_reason'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='suppression_channel'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by', '')), models.Q(('lifted_at__isnull', False), models.Q(('lifted_by', ''), _negated=True)), _connector='OR'), name='suppression_lifted_by'), models.CheckConstraint(condition=models.Q(('address', ''), _negated=True), name='suppression_has_address')],
                'indexes': [models.Index(fields=['store', '-since'], name='suppression_newest')],
            },
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('channel', models.TextField()),
                ('locale', models.TextField()),
                ('number', models.PositiveIntegerField()),
                ('source', models.JSONField()),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'channel', 'locale', 'number'), name='template_version_number')],
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('channel', models.TextField()),
                ('locale', models.TextField()),
                ('draft', models.JSONField(null=True)),
                ('draft_at', models.DateTimeField(null=True)),
                ('draft_by', models.TextField(default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('published', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.templateversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'kind', 'channel', 'locale'), name='one_template_per_key'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='template_channel'), models.CheckConstraint(condition=models.Q(models.Q(('draft__isnull', True), ('draft_at__isnull', True), ('draft_by', '')), models.Q(('draft__isnull', False), ('draft_at__isnull', False), models.Q(('draft_by', ''), _negated=True)), _connector='OR'), name='template_draft_by')],
            },
        ),
        migrations.AddField(
            model_name='message',
            name='template_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.templateversion'),
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('purpose', models.TextField()),
                ('topic', models.TextField(default='')),
                ('state', models.TextField()),
                ('source', models.TextField()),
                ('proof', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'customer', 'channel', 'purpose', 'topic', '-at', '-id'], name='consent_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['granted', 'withdrawn'])), name='consent_state'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='consent_channel'), models.CheckConstraint(condition=models.Q(('purpose__in', ['transactional', 'service', 'marketing'])), name='consent_purpose'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='consent_has_source')],
            },
        ),
        migrations.CreateModel(
            name='CustomerMove',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('merge_id', models.UUIDField()),
                ('kind', models.TextField()),
                ('row_id', models.UUIDField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'merge_id', 'kind', 'row_id'), name='moved_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['message', 'consent'])), name='customer_move_kind')],
            },
        ),
        migrations.CreateModel(
            name='ContactDecision',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('stage', models.TextField()),
                ('outcome', models.TextField()),
                ('reason', models.TextField()),
                ('words', models.TextField()),
                ('trace', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.message')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'message', 'at'], name='decision_by_message')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome__in', ['send', 'defer', 'drop'])), name='decision_outcome'), models.CheckConstraint(condition=models.Q(('stage__in', ['request', 'send'])), name='decision_stage'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='decision_has_reason')],
            },
        ),
    ]
