import django.core.serializers.json
import django.db.models.deletion
import doorstep.kernel.ids
import doorstep.rooms.payments.contracts
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0003_contributor'),
    ]

    operations = [
        migrations.CreateModel(
            name='Charge',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.TextField()),
                ('cause', models.TextField()),
                ('key', models.TextField()),
                ('provider', models.TextField()),
                ('external_id', models.TextField(default='')),
                ('method_label', models.TextField(default='')),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField()),
                ('captured_minor', models.BigIntegerField()),
                ('refunded_minor', models.BigIntegerField(default=0)),
                ('state', models.TextField()),
                ('wish', models.TextField(default='')),
                ('wish_minor', models.BigIntegerField(null=True)),
                ('words', models.TextField(default='')),
                ('charged_at', models.DateTimeField()),
                ('hold_ends_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.TextField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'provider', 'external_id', 'cause'), name='pay_charge_once_per_cause'), models.CheckConstraint(condition=models.Q(('state__in', ['authorized', 'captured', 'voided', 'disputed', 'failed'])), name='pay_charge_state'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='pay_charge_currency'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('captured_minor__gte', 0), ('captured_minor__lte', models.F('amount_minor'))), name='pay_charge_amounts'), models.CheckConstraint(condition=models.Q(('refunded_minor__gte', 0), ('refunded_minor__lte', models.F('captured_minor'))), name='pay_charge_never_over_refunded'), models.CheckConstraint(condition=models.Q(models.Q(('captured_minor', 0), ('state__in', (doorstep.rooms.payments.contracts.ChargeState['AUTHORIZED'], doorstep.rooms.payments.contracts.ChargeState['VOIDED'], doorstep.rooms.payments.contracts.ChargeState['FAILED']))), models.Q(models.Q(('state__in', (doorstep.rooms.payments.contracts.ChargeState['AUTHORIZED'], doorstep.rooms.payments.contracts.ChargeState['VOIDED'], doorstep.rooms.payments.contracts.ChargeState['FAILED'])), _negated=True), ('captured_minor__gt', 0)), _connector='OR'), name='pay_charge_captured_when_taken'), models.CheckConstraint(condition=models.Q(models.Q(('wish', ''), ('wish_minor', None)), models.Q(('wish', 'void'), ('wish_minor', None)), models.Q(('wish', 'capture'), ('wish_minor__isnull', False), ('wish_minor__gt', 0), ('wish_minor__lte', models.F('amount_minor'))), _connector='OR'), name='pay_charge_wish'), models.CheckConstraint(condition=models.Q(models.Q(('subject', ''), _negated=True), models.Q(('cause', ''), _negated=True), models.Q(('key', ''), _negated=True), models.Q(('provider', ''), _negated=True)), name='pay_charge_named')],
                'indexes': [models.Index(fields=['store', 'subject', '-charged_at'], name='pay_charge_by_subject'), models.Index(fields=['store', 'provider', 'external_id'], name='pay_charge_by_external')],
            },
        ),
        migrations.CreateModel(
            name='PaymentLink',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.TextField()),
                ('cause', models.TextField()),
                ('key', models.TextField()),
                ('provider', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField()),
                ('capture', models.TextField(default=doorstep.rooms.payments.contracts.Capture['NOW'])),
                ('words', models.TextField()),
                ('email', models.TextField(default='')),
                ('state', models.TextField(default=doorstep.rooms.payments.contracts.LinkState['REQUESTED'])),
                ('ending', models.TextField(default='')),
                ('url', models.TextField(default='')),
                ('external_id', models.TextField(default='')),
                ('page_expires_at', models.DateTimeField(null=True)),
                ('pages', models.PositiveIntegerField(default=0)),
                ('problem', models.TextField(default='')),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.TextField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('charge', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.charge')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'cause'), name='pay_link_once_per_cause'), models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'open', 'paid', 'expired', 'canceled', 'failed'])), name='pay_link_state'), models.CheckConstraint(condition=models.Q(('capture__in', ['now', 'later'])), name='pay_link_capture'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='pay_link_amount'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='pay_link_currency'), models.CheckConstraint(condition=models.Q(('ending', ''), ('ending__in', (doorstep.rooms.payments.contracts.LinkState['EXPIRED'], doorstep.rooms.payments.contracts.LinkState['CANCELED'])), _connector='OR'), name='pay_link_ending'), models.CheckConstraint(condition=models.Q(models.Q(('charge__isnull', False), ('state', doorstep.rooms.payments.contracts.LinkState['PAID'])), models.Q(models.Q(('state', doorstep.rooms.payments.contracts.LinkState['PAID']), _negated=True), ('charge', None)), _connector='OR'), name='pay_link_paid_by_charge'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', (doorstep.rooms.payments.contracts.LinkState['REQUESTED'], doorstep.rooms.payments.contracts.LinkState['OPEN']))), models.Q(models.Q(('state__in', (doorstep.rooms.payments.contracts.LinkState['REQUESTED'], doorstep.rooms.payments.contracts.LinkState['OPEN'])), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='pay_link_ended'), models.CheckConstraint(condition=models.Q(models.Q(('state', doorstep.rooms.payments.contracts.LinkState['OPEN']), _negated=True), models.Q(models.Q(('url', ''), _negated=True), models.Q(('external_id', ''), _negated=True)), _connector='OR'), name='pay_link_open_has_page'), models.CheckConstraint(condition=models.Q(models.Q(('subject', ''), _negated=True), models.Q(('cause', ''), _negated=True), models.Q(('key', ''), _negated=True), models.Q(('words', ''), _negated=True)), name='pay_link_named')],
                'indexes': [models.Index(fields=['store', 'subject', '-requested_at'], name='pay_link_by_subject'), models.Index(condition=models.Q(('ending', ''), ('expires_at__isnull', False), ('state__in', (doorstep.rooms.payments.contracts.LinkState['REQUESTED'], doorstep.rooms.payments.contracts.LinkState['OPEN']))), fields=['expires_at'], name='pay_link_to_end')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.TextField()),
                ('cause', models.TextField()),
                ('key', models.TextField()),
                ('provider', models.TextField()),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField()),
                ('reason', models.TextField(default='')),
                ('details', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('state', models.TextField(default=doorstep.rooms.payments.contracts.RefundState['REQUESTED'])),
                ('external_id', models.TextField(default='')),
                ('words', models.TextField(default='')),
                ('is_noticed', models.BooleanField(default=False)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.TextField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.TextField(default='')),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.charge')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'charge', 'cause'), name='pay_refund_once_per_cause'), models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('store', 'provider', 'external_id'), name='pay_refund_once_per_vendors'), models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'sent', 'succeeded', 'failed', 'needs_person'])), name='pay_refund_state'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='pay_refund_amount'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='pay_refund_currency'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', False), ('state__in', (doorstep.rooms.payments.contracts.RefundState['SUCCEEDED'], doorstep.rooms.payments.contracts.RefundState['FAILED'])), models.Q(('settled_by', ''), _negated=True)), models.Q(models.Q(('state__in', (doorstep.rooms.payments.contracts.RefundState['SUCCEEDED'], doorstep.rooms.payments.contracts.RefundState['FAILED'])), _negated=True), ('settled_at', None), ('settled_by', '')), _connector='OR'), name='pay_refund_settled'), models.CheckConstraint(condition=models.Q(models.Q(('subject', ''), _negated=True), models.Q(('cause', ''), _negated=True), models.Q(('key', ''), _negated=True)), name='pay_refund_named')],
                'indexes': [models.Index(fields=['store', 'subject', '-requested_at'], name='pay_refund_by_subject'), models.Index(condition=models.Q(('state', doorstep.rooms.payments.contracts.RefundState['NEEDS_PERSON'])), fields=['store', '-requested_at'], name='pay_refund_needs_person')],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('row_id', models.UUIDField()),
                ('state', models.TextField(default=doorstep.rooms.payments.contracts.CallState['DUE'])),
                ('due_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('first_asked_at', models.DateTimeField(null=True)),
                ('words', models.TextField(default='')),
                ('made_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', doorstep.rooms.payments.contracts.CallState['DUE'])), fields=['due_at'], name='pay_call_due'), models.Index(condition=models.Q(('state', doorstep.rooms.payments.contracts.CallState['PARKED']), models.Q(('attempts__gt', 0), ('state', doorstep.rooms.payments.contracts.CallState['DUE'])), _connector='OR'), fields=['store', '-made_at'], name='pay_call_troubles'), models.Index(fields=['row_id'], name='pay_call_by_row')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', doorstep.rooms.payments.contracts.CallState['DONE']), _negated=True), fields=('kind', 'row_id'), name='pay_call_once_at_a_time'), models.CheckConstraint(condition=models.Q(('kind__in', ['refund', 'open_link', 'close_link', 'look_at_link', 'capture', 'void'])), name='pay_call_kind'), models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('due_at__isnull', False), ('state', doorstep.rooms.payments.contracts.CallState['DUE'])), models.Q(('done_at', None), ('due_at', None), ('state', doorstep.rooms.payments.contracts.CallState['PARKED'])), models.Q(('done_at__isnull', False), ('due_at', None), ('state', doorstep.rooms.payments.contracts.CallState['DONE'])), _connector='OR'), name='pay_call_state')],
            },
        ),
    ]
