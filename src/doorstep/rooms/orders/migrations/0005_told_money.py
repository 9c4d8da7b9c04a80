"""What platforms say of money: how much came in, and what a refund is beyond its lines.

Null columns without a default: nothing is rewritten, so it is safe on a live system.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_changes")]
    operations = [
        migrations.AddField("order", "paid_minor", models.BigIntegerField(null=True)),
        migrations.AddField("refund", "beyond_minor", models.BigIntegerField(null=True)),
    ]
