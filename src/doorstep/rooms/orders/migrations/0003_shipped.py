"""What has left: pieces of each line, and orders that left from here. Safe on a live system."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_gift")]
    operations = [
        migrations.AddField(
            "orderline", "shipped_quantity", models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.AddField("order", "shipped_here_at", models.DateTimeField(null=True)),
    ]
