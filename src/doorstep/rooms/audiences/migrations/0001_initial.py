import django.db.models.deletion
import django.db.models.functions.text
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0003_care'),
        ('customers', '0002_profile'),
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('description', models.TextField(db_default='', default='')),
                ('condition', models.JSONField()),
                ('fingerprint', models.TextField()),
                ('revision', models.PositiveIntegerField(default=1)),
                ('state', models.TextField(default='building')),
                ('created_at', models.DateTimeField()),
                ('created_by', models.TextField()),
                ('edited_at', models.DateTimeField()),
                ('archived_at', models.DateTimeField(null=True)),
                ('archived_by', models.TextField(db_default='', default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at__isnull', True)), name='segment_name'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='segment_named'), models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='segment_revision'), models.CheckConstraint(condition=models.Q(('state__in', ['building', 'live'])), name='segment_state'), models.CheckConstraint(condition=models.Q(models.Q(('archived_at__isnull', True), ('archived_by', '')), models.Q(('archived_at__isnull', False), models.Q(('archived_by', ''), _negated=True)), _connector='OR'), name='segment_archived_at_by')],
            },
        ),
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reason', models.TextField()),
                ('after_position', models.BigIntegerField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audiences.segment')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['building', 'check', 'followed'])), name='recheck_reason')],
                'indexes': [models.Index(fields=['segment', 'reason', 'id'], name='recheck_by_segment')],
            },
        ),
        migrations.CreateModel(
            name='PastMembership',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audiences.segment')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='past_membership_in_order')],
                'indexes': [models.Index(fields=['segment', 'until'], name='past_membership_by_end'), models.Index(fields=['store', 'customer'], name='past_membership_of_customer')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('pk', models.CompositePrimaryKey('segment_id', 'customer_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audiences.segment')),
            ],
            options={
                'indexes': [models.Index(fields=['segment', '-since', '-customer'], name='membership_newest'), models.Index(fields=['store', 'customer'], name='membership_of_customer')],
            },
        ),
        migrations.CreateModel(
            name='SiteSettings',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('is_on', models.BooleanField(default=False)),
                ('origins', models.JSONField(db_default=[], default=list)),
                ('secret', models.TextField()),
                ('anonymous_days', models.PositiveSmallIntegerField(default=90)),
                ('changed_at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store',), name='site_settings_once'), models.CheckConstraint(condition=models.Q(('anonymous_days__gte', 1), ('anonymous_days__lte', 730)), name='site_anonymous_days'), models.CheckConstraint(condition=models.Q(('secret', ''), _negated=True), name='site_secret')],
            },
        ),
        migrations.CreateModel(
            name='Upkeep',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField(default='first')),
                ('revision', models.PositiveIntegerField(default=0)),
                ('building_since', models.DateTimeField(null=True)),
                ('found', models.PositiveIntegerField(null=True)),
                ('written', models.PositiveIntegerField(default=0)),
                ('to_write', models.PositiveIntegerField(default=0)),
                ('member_count', models.PositiveIntegerField(null=True)),
                ('counted_at', models.DateTimeField(null=True)),
                ('built_at', models.DateTimeField(null=True)),
                ('build_ms', models.PositiveIntegerField(default=0)),
                ('as_of', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('rebuild_at', models.DateTimeField(null=True)),
                ('check_at', models.DateTimeField(null=True)),
                ('check_position', models.BigIntegerField(null=True)),
                ('repaired', models.PositiveIntegerField(default=0)),
                ('problem', models.TextField(db_default='', default='')),
                ('segment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audiences.segment')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', ['first', 'edited', 'restored', 'imported', 'settings', 'check'])), name='upkeep_reason')],
                'indexes': [models.Index(fields=['due_at'], name='upkeep_due'), models.Index(fields=['check_at'], name='upkeep_check'), models.Index(condition=models.Q(('rebuild_at__isnull', False)), fields=['rebuild_at'], name='upkeep_rebuild')],
            },
        ),
        migrations.CreateModel(
            name='Visitor',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('token', models.TextField()),
                ('known_since', models.DateTimeField(null=True)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'token'), name='visitor_once'), models.CheckConstraint(condition=models.Q(('token', ''), _negated=True), name='visitor_token'), models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', True), ('known_since__isnull', True)), models.Q(('customer__isnull', False), ('known_since__isnull', False)), _connector='OR'), name='visitor_known_since'), models.CheckConstraint(condition=models.Q(('first_seen_at__lte', models.F('last_seen_at'))), name='visitor_seen')],
                'indexes': [models.Index(condition=models.Q(('customer__isnull', False)), fields=['store', 'customer'], name='visitor_by_customer')],
            },
        ),
        migrations.CreateModel(
            name='SiteActivity',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.TextField()),
                ('kind', models.TextField()),
                ('product_ref', models.TextField(db_default='', default='')),
                ('details', models.JSONField(db_default={}, default=dict)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('product', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('visitor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audiences.visitor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'key'), name='activity_once'), models.CheckConstraint(condition=models.Q(models.Q(('key', ''), _negated=True), models.Q(('kind', ''), _negated=True)), name='activity_named'), models.CheckConstraint(condition=models.Q(('visitor__isnull', False), ('customer__isnull', False), _connector='OR'), name='activity_of_somebody')],
                'indexes': [models.Index(condition=models.Q(('customer__isnull', False)), fields=['store', 'customer', 'kind', '-occurred_at'], name='activity_by_customer'), models.Index(condition=models.Q(('visitor__isnull', False)), fields=['store', 'visitor', '-occurred_at'], name='activity_by_visitor'), models.Index(condition=models.Q(('product__isnull', False)), fields=['store', 'product', '-occurred_at'], name='activity_by_product'), models.Index(fields=['store', 'occurred_at'], name='activity_by_time')],
            },
        ),
        migrations.CreateModel(
            name='WishListItem',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('product_ref', models.TextField()),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('product', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('visitor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audiences.visitor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('customer__isnull', False), ('removed_at__isnull', True)), fields=('store', 'customer', 'product_ref'), name='wished_once_by_customer'), models.UniqueConstraint(condition=models.Q(('customer__isnull', True), ('removed_at__isnull', True), ('visitor__isnull', False)), fields=('store', 'visitor', 'product_ref'), name='wished_once_by_visitor'), models.CheckConstraint(condition=models.Q(('visitor__isnull', False), ('customer__isnull', False), _connector='OR'), name='wish_of_somebody'), models.CheckConstraint(condition=models.Q(('product_ref', ''), _negated=True), name='wish_product_ref'), models.CheckConstraint(condition=models.Q(('removed_at__isnull', True), ('removed_at__gte', models.F('added_at')), _connector='OR'), name='wish_removed_after')],
                'indexes': [models.Index(condition=models.Q(('customer__isnull', False)), fields=['store', 'customer', '-added_at'], name='wish_by_customer'), models.Index(condition=models.Q(('product__isnull', False), ('removed_at__isnull', True)), fields=['store', 'product'], name='wish_open_by_product')],
            },
        ),
        migrations.CreateModel(
            name='MovedRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('merge_id', models.UUIDField()),
                ('kind', models.TextField()),
                ('row_id', models.UUIDField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'merge_id', 'kind', 'row_id'), name='audience_row_moved_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['activity', 'visitor', 'wish'])), name='audience_row_moved_kind')],
            },
        ),
    ]
