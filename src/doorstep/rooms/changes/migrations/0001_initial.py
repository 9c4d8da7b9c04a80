import django.db.models.deletion
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0004_changes'),
        ('stores', '0003_contributor'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrderChange',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('acts', models.JSONField()),
                ('state', models.TextField()),
                ('form_key', models.TextField()),
                ('ask', models.JSONField()),
                ('summary', models.JSONField(default=list)),
                ('why', models.JSONField(default=dict)),
                ('policy_version', models.PositiveIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('difference_minor', models.BigIntegerField(default=0)),
                ('new_lines', models.JSONField(default=list)),
                ('edits', models.JSONField(default=list)),
                ('undo', models.JSONField(null=True)),
                ('words', models.TextField(default='')),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.TextField()),
                ('requested_by_label', models.TextField(default='')),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.TextField(default='')),
                ('decided_by_label', models.TextField(default='')),
                ('expires_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'form_key'), name='change_once_per_form'), models.UniqueConstraint(condition=models.Q(('state__in', ['awaiting_approval', 'awaiting_payment', 'requested', 'telling_platform'])), fields=('order',), name='one_open_change_per_order'), models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'awaiting_approval', 'awaiting_payment', 'telling_platform', 'applied', 'declined', 'expired', 'failed', 'withdrawn'])), name='change_state'), models.CheckConstraint(condition=models.Q(('kind__in', ['address', 'lines', 'cancel', 'delay'])), name='change_kind'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ['awaiting_approval', 'awaiting_payment', 'requested', 'telling_platform'])), models.Q(models.Q(('state__in', ['awaiting_approval', 'awaiting_payment', 'requested', 'telling_platform']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='change_ended_at'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by', '')), models.Q(('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='change_decided_at_by'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'awaiting_payment'), _negated=True), models.Q(('difference_minor__gt', 0), ('expires_at__isnull', False)), _connector='OR'), name='change_waits_until'), models.CheckConstraint(condition=models.Q(('form_key', ''), _negated=True), name='change_form_key')],
                'indexes': [models.Index(fields=['order', '-requested_at'], name='change_by_order'), models.Index(fields=['store', '-requested_at', '-id'], name='change_by_time'), models.Index(fields=['store', 'state', '-requested_at'], name='change_by_state'), models.Index(condition=models.Q(('state', 'awaiting_payment')), fields=['expires_at'], name='change_due')],
            },
        ),
        migrations.CreateModel(
            name='PlatformTask',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('connection_id', models.UUIDField()),
                ('power', models.TextField()),
                ('state', models.TextField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('words', models.TextField(default='')),
                ('details', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('change', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='changes.orderchange')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ('due', 'telling', 'done', 'refused', 'parked', 'discarded'))), name='change_task_state'), models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('state__in', ['due', 'telling'])), models.Q(('next_at__isnull', True), ('state__in', ['done', 'refused', 'parked', 'discarded'])), _connector='OR'), name='change_task_next_at')],
                'indexes': [models.Index(condition=models.Q(('state__in', ['due', 'telling'])), fields=['next_at'], name='change_task_due'), models.Index(condition=models.Q(('state', 'parked')), fields=['store', 'created_at'], name='change_task_parked')],
            },
        ),
        migrations.CreateModel(
            name='ChangePolicy',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('rules', models.JSONField()),
                ('pay_within_hours', models.PositiveSmallIntegerField()),
                ('countries', models.TextField()),
                ('max_delay_days', models.PositiveSmallIntegerField()),
                ('us_delay_notices', models.BooleanField()),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('created_by_label', models.TextField(default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'version'), name='change_policy_version'), models.CheckConstraint(condition=models.Q(('pay_within_hours__gte', 1), ('pay_within_hours__lte', 720)), name='change_policy_hours'), models.CheckConstraint(condition=models.Q(('countries__in', ['same', 'zone', 'any'])), name='change_policy_countries')],
            },
        ),
        migrations.CreateModel(
            name='DelayNoticeRow',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('nth', models.PositiveSmallIntegerField()),
                ('state', models.TextField()),
                ('cause', models.TextField()),
                ('previous_date', models.DateField(null=True)),
                ('new_date', models.DateField(null=True)),
                ('silence', models.TextField()),
                ('respond_by', models.DateTimeField()),
                ('sent_at', models.DateTimeField()),
                ('sent_by', models.TextField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('log', models.JSONField(default=list)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'db_table': 'changes_delaynotice',
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['respond_by'], name='delay_notice_due')],
                'constraints': [models.UniqueConstraint(fields=('order', 'nth'), name='delay_notice_nth'), models.UniqueConstraint(fields=('order', 'cause'), name='delay_notice_cause'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('order',), name='one_open_delay_notice'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'consented', 'silent', 'canceled', 'moot'])), name='delay_notice_state'), models.CheckConstraint(condition=models.Q(('silence__in', ['consent', 'cancel'])), name='delay_notice_silence'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='delay_notice_answered'), models.CheckConstraint(condition=models.Q(('respond_by__gte', models.F('sent_at'))), name='delay_notice_times')],
            },
        ),
    ]
