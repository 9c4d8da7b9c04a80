import django.db.models.deletion
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('title', models.TextField(default='')),
                ('image_url', models.TextField(default='')),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'indexes': [models.Index(fields=['store', 'title', 'id'], name='product_by_title')],
            },
        ),
        migrations.CreateModel(
            name='ProductListing',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('external_id', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('store', 'channel', 'external_id'), name='product_listing'), models.CheckConstraint(condition=models.Q(models.Q(('channel', ''), _negated=True), models.Q(('external_id', ''), _negated=True)), name='product_listing_filled')],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sku', models.TextField(default='')),
                ('title', models.TextField(default='')),
                ('options', models.JSONField(default=list)),
                ('image_url', models.TextField(default='')),
                ('weight_grams', models.PositiveIntegerField(null=True)),
                ('is_tracked', models.BooleanField(default=False)),
                ('production_days_min', models.PositiveSmallIntegerField(null=True)),
                ('production_days_max', models.PositiveSmallIntegerField(null=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('sku', ''), _negated=True), fields=('store', 'sku'), name='variant_sku'), models.CheckConstraint(condition=models.Q(models.Q(('production_days_max__isnull', True), ('production_days_min__isnull', True)), models.Q(('production_days_max__isnull', False), ('production_days_min__isnull', False), ('production_days_min__lte', models.F('production_days_max'))), _connector='OR'), name='variant_production_days')],
                'indexes': [models.Index(fields=['store', 'product'], name='variant_by_product'), models.Index(fields=['store', 'sku'], name='variant_sku_beginnings', opclasses=['uuid_ops', 'text_pattern_ops'])],
            },
        ),
        migrations.CreateModel(
            name='VariantListing',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('product_external_id', models.TextField(default='')),
                ('variant_external_id', models.TextField(default='')),
                ('created_at', models.DateTimeField()),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.variant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('variant_external_id', ''), _negated=True), fields=('store', 'channel', 'variant_external_id'), name='variant_listing'), models.UniqueConstraint(condition=models.Q(('variant_external_id', '')), fields=('store', 'channel', 'product_external_id'), name='variant_listing_plain'), models.CheckConstraint(condition=models.Q(models.Q(('channel', ''), _negated=True), models.Q(models.Q(('variant_external_id', ''), _negated=True), models.Q(('product_external_id', ''), _negated=True), _connector='OR')), name='variant_listing_filled')],
                'indexes': [models.Index(fields=['store', 'variant'], name='listing_by_variant')],
            },
        ),
    ]
