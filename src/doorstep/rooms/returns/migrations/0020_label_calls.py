from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built beside writers
    dependencies = [("returns", "0003_flow_guards")]
    operations = [
        migrations.AddField(
            "returnlabel", "code_document", models.BinaryField(null=True, editable=False)
        ),
        migrations.AddField(
            "returnlabel", "code_type", models.TextField(default="", db_default="")
        ),
        migrations.AddField("returnlabel", "due_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "returnlabel", "attempts", models.PositiveSmallIntegerField(default=0, db_default=0)
        ),
        AddIndexConcurrently(
            "returnlabel",
            models.Index(
                fields=["due_at"],
                name="return_label_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ),
    ]
