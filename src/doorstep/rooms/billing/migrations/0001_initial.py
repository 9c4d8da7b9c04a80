import django.db.models.deletion
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0003_shipped'),
        ('stores', '0002_social_links'),
    ]

    operations = [
        migrations.CreateModel(
            name='Book',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('opened_at', models.DateTimeField()),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='book_currency')],
            },
        ),
        migrations.CreateModel(
            name='Booking',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('cause', models.TextField()),
                ('words', models.TextField(default='')),
                ('data', models.JSONField(default=dict)),
                ('booked_at', models.DateTimeField()),
                ('booked_by', models.TextField()),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.book')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('book', 'cause'), name='booking_once_per_cause'), models.CheckConstraint(condition=models.Q(('kind__in', ('sale', 'payment', 'cancellation', 'platform_refund', 'give_back', 'refund', 'refund_done', 'refund_failed', 'credit', 'credit_spent', 'transfer', 'dispute'))), name='booking_kind'), models.CheckConstraint(condition=models.Q(('cause', ''), _negated=True), name='booking_cause')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account', models.TextField()),
                ('part', models.TextField(default='order')),
                ('quantity', models.IntegerField(default=0)),
                ('amount_minor', models.BigIntegerField()),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.book')),
                ('booking', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.booking')),
                ('line', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.orderline')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('account__in', ['goods', 'discount', 'tax', 'shipping', 'fee', 'tip', 'duty', 'adjustment', 'allowance', 'return_fee', 'bonus', 'receivable', 'paid', 'refund_due', 'credit', 'transfer', 'disputed'])), name='entry_account'), models.CheckConstraint(condition=models.Q(('part__in', ('line', 'shipping', 'fee', 'tip', 'duty', 'order'))), name='entry_part'), models.CheckConstraint(condition=models.Q(models.Q(('line__isnull', False), ('part', 'line')), models.Q(models.Q(('part', 'line'), _negated=True), ('line__isnull', True), ('quantity', 0)), _connector='OR'), name='entry_line')],
                'indexes': [models.Index(fields=['book', 'booking'], name='entry_by_book')],
            },
        ),
        migrations.CreateModel(
            name='PendingRefund',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('refund_id', models.UUIDField()),
                ('cause', models.TextField()),
                ('amount_minor', models.BigIntegerField()),
                ('lines', models.JSONField(default=list)),
                ('settled_at', models.DateTimeField(null=True)),
                ('book', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.book')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'refund_id'), name='pending_refund_once'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='pending_refund_amount')],
                'indexes': [models.Index(fields=['book'], name='pending_refund_by_book')],
            },
        ),
    ]
