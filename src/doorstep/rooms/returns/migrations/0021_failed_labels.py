from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built beside writers
    dependencies = [("returns", "0020_label_calls")]
    operations = [
        AddIndexConcurrently(
            "returnlabel",
            models.Index(
                fields=["authorization"],
                name="return_label_failed",
                condition=models.Q(state="failed"),
            ),
        ),
    ]
