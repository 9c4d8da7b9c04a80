import django.db.models.deletion
import doorstep.kernel.ids
import doorstep.rooms.inventory.contracts
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('kind', models.TextField(default=doorstep.rooms.inventory.contracts.LocationKind['OWN'])),
                ('priority', models.PositiveSmallIntegerField(default=100)),
                ('country_code', models.CharField(default='', max_length=2)),
                ('sales_channel', models.TextField(default='')),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'name'), name='location_name'), models.CheckConstraint(condition=models.Q(('kind__in', ['own', 'threepl', 'marketplace'])), name='location_kind'), models.CheckConstraint(condition=models.Q(('country_code', ''), ('country_code__regex', '^[A-Z]{2}$'), _connector='OR'), name='location_country'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='location_named')],
            },
        ),
        migrations.CreateModel(
            name='SafetyStock',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sales_channel', models.TextField(default='')),
                ('quantity', models.PositiveIntegerField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('variant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.variant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'variant', 'sales_channel'), name='one_safety_stock', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='StockLevel',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('on_hand', models.IntegerField(default=0)),
                ('reserved', models.IntegerField(default=0)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.variant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'variant', 'location'), name='one_level'), models.CheckConstraint(condition=models.Q(('reserved__gte', 0), ('reserved__lte', models.F('on_hand'))), name='nothing_oversold')],
                'indexes': [models.Index(fields=['store', 'location'], name='level_by_location')],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('cause', models.TextField()),
                ('subject', models.TextField(default='')),
                ('quantity', models.PositiveIntegerField()),
                ('state', models.TextField(default=doorstep.rooms.inventory.contracts.ReservationState['ACTIVE'])),
                ('reserved_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.TextField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.variant')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.stocklevel')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', doorstep.rooms.inventory.contracts.ReservationState['ACTIVE'])), fields=('store', 'cause', 'level'), name='held_once_per_cause'), models.CheckConstraint(condition=models.Q(('state__in', ['active', 'released', 'consumed'])), name='reservation_state'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='reservation_quantity'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', doorstep.rooms.inventory.contracts.ReservationState['ACTIVE'])), models.Q(models.Q(('state', doorstep.rooms.inventory.contracts.ReservationState['ACTIVE']), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='reservation_ended'), models.CheckConstraint(condition=models.Q(('cause', ''), _negated=True), name='reservation_cause')],
                'indexes': [models.Index(fields=['store', 'cause'], name='reservation_by_cause'), models.Index(fields=['store', 'variant', '-reserved_at'], name='reservation_by_variant'), models.Index(condition=models.Q(('state', doorstep.rooms.inventory.contracts.ReservationState['ACTIVE'])), fields=['level', '-reserved_at', '-id'], name='reservation_newest')],
            },
        ),
        migrations.CreateModel(
            name='StockMovement',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('delta', models.IntegerField()),
                ('on_hand_after', models.IntegerField()),
                ('reason', models.TextField()),
                ('note', models.TextField(default='')),
                ('cause', models.TextField(default='')),
                ('at', models.DateTimeField()),
                ('by', models.TextField()),
                ('by_label', models.TextField(default='')),
                ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.stocklevel')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('delta', 0), _negated=True), name='movement_moves'), models.CheckConstraint(condition=models.Q(('on_hand_after__gte', 0)), name='movement_after'), models.CheckConstraint(condition=models.Q(('reason__in', ['received', 'counted', 'damaged', 'lost', 'returned', 'shipped', 'transferred', 'imported', 'synced', 'other'])), name='movement_reason')],
                'indexes': [models.Index(fields=['store', 'level', '-at'], name='movement_by_level')],
            },
        ),
    ]
