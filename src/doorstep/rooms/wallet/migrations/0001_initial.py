import django.db.models.deletion
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0002_profile'),
        ('kernel', '0004_approvals'),
        ('stores', '0003_contributor'),
    ]

    operations = [
        migrations.CreateModel(
            name='GiftCard',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('cause', models.TextField()),
                ('code_hash', models.TextField()),
                ('code_sealed', models.TextField()),
                ('last4', models.CharField(max_length=4)),
                ('currency', models.CharField(max_length=3)),
                ('issued_minor', models.BigIntegerField()),
                ('sender_name', models.TextField(default='')),
                ('words', models.TextField(default='')),
                ('recipient_name', models.TextField(default='')),
                ('recipient_email', models.TextField(default='')),
                ('recipient_locale', models.TextField(default='')),
                ('send_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('sends', models.PositiveSmallIntegerField(default=0)),
                ('message_id', models.UUIDField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('disabled_at', models.DateTimeField(null=True)),
                ('disabled_by', models.TextField(default='')),
                ('disabled_reason', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='kernel.ledgeraccount')),
                ('buyer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'code_hash'), name='gift_card_code'), models.UniqueConstraint(fields=('store', 'cause'), name='gift_card_once_per_cause'), models.CheckConstraint(condition=models.Q(('issued_minor__gt', 0)), name='gift_card_amount'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='gift_card_currency'), models.CheckConstraint(condition=models.Q(models.Q(('disabled_at__isnull', True), ('disabled_by', '')), models.Q(('disabled_at__isnull', False), models.Q(('disabled_by', ''), _negated=True)), _connector='OR'), name='gift_card_disabled'), models.CheckConstraint(condition=models.Q(('send_at__isnull', True), models.Q(('recipient_email', ''), _negated=True), _connector='OR'), name='gift_card_sent_to_somebody')],
                'indexes': [models.Index(models.F('store'), models.OrderBy(models.F('id'), descending=True), name='gift_card_newest'), models.Index(fields=['store', 'account'], name='gift_card_by_account'), models.Index(condition=models.Q(('buyer__isnull', False)), fields=['store', 'buyer'], name='gift_card_by_buyer'), models.Index(condition=models.Q(('disabled_at__isnull', True), ('send_at__isnull', False), ('sent_at__isnull', True)), fields=['send_at'], name='gift_card_due')],
            },
        ),
        migrations.CreateModel(
            name='MergedValue',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('merge_id', models.UUIDField()),
                ('moved_from_id', models.UUIDField()),
                ('moved_to_id', models.UUIDField()),
                ('lot_id', models.UUIDField(null=True)),
                ('gift_card', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallet.giftcard')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'merge_id', 'lot_id', 'gift_card'), name='merged_value_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('gift_card__isnull', True), ('lot_id__isnull', False)), models.Q(('gift_card__isnull', False), ('lot_id__isnull', True)), _connector='OR'), name='merged_value_one')],
                'indexes': [models.Index(fields=['store', 'moved_to_id'], name='merged_value_by_holder')],
            },
        ),
    ]
