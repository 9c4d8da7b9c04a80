"""What platforms say of money: how much came in, and what a refund is beyond its lines; and which
sold gift cards are issued here.

Null columns, and constant defaults that the database fills in: nothing is rewritten, and processes
that don't know the columns yet go on, so it is safe on a live system.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_changes")]
    operations = [
        migrations.AddField("order", "paid_minor", models.BigIntegerField(null=True)),
        migrations.AddField("refund", "beyond_minor", models.BigIntegerField(null=True)),
        migrations.AddField(
            "orderrules", "gift_card_skus", models.TextField(default="", db_default="")
        ),
        migrations.AddField(
            "orderrules",
            "issues_platform_cards",
            models.BooleanField(default=False, db_default=False),
        ),
    ]
