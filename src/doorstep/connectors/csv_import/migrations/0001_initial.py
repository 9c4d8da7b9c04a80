import django.db.models.deletion
import django.db.models.expressions
import doorstep.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('file_name', models.TextField()),
                ('file_sha256', models.CharField(max_length=64)),
                ('file_bytes', models.PositiveBigIntegerField()),
                ('format', models.TextField()),
                ('mode', models.TextField()),
                ('sales_channel', models.TextField()),
                ('status', models.TextField(default='queued')),
                ('lines_done', models.PositiveBigIntegerField(default=0)),
                ('orders_seen', models.PositiveBigIntegerField(default=0)),
                ('orders_new', models.PositiveBigIntegerField(default=0)),
                ('orders_known', models.PositiveBigIntegerField(default=0)),
                ('orders_refused', models.PositiveBigIntegerField(default=0)),
                ('problem_count', models.PositiveBigIntegerField(default=0)),
                ('failure', models.TextField(default='')),
                ('started_at', models.DateTimeField()),
                ('started_by', models.TextField()),
                ('started_by_label', models.TextField(default='')),
                ('updated_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ('queued', 'running', 'finished', 'failed'))), name='import_status'), models.CheckConstraint(condition=models.Q(('mode__in', ('history', 'live'))), name='import_mode'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('status__in', ['queued', 'running'])), models.Q(('finished_at__isnull', False), ('status__in', ['finished', 'failed'])), _connector='OR'), name='import_finished_at'), models.CheckConstraint(condition=models.Q(('orders_seen', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('orders_new'), '+', models.F('orders_known')), '+', models.F('orders_refused')))), name='import_adds_up'), models.UniqueConstraint(condition=models.Q(('status__in', ['queued', 'running'])), fields=('store', 'file_sha256', 'sales_channel', 'mode'), name='one_open_import_per_file')],
                'indexes': [models.Index(fields=['store', '-started_at'], name='import_recent')],
            },
        ),
        migrations.CreateModel(
            name='ImportProblem',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('line', models.PositiveBigIntegerField()),
                ('column', models.TextField(default='')),
                ('message', models.TextField()),
                ('order_name', models.TextField(default='')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='csv_import.importrun')),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'line'], name='import_problem_line')],
            },
        ),
        migrations.CreateModel(
            name='UploadPiece',
            fields=[
                ('id', models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveIntegerField()),
                ('body', models.BinaryField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='csv_import.importrun')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('run', 'place'), name='one_piece_per_place')],
            },
        ),
    ]
