import django.db.models.deletion
from django.db import migrations, models

import doorstep.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("audiences", "0001_initial"),
        ("catalog", "0003_care"),
        ("stores", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SoldOutWish",
            fields=[
                ("id", models.UUIDField(default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("product", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.product")),
                ("store", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="stores.store")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["store", "product"], name="sold_out_wish_once"),
                ],
            },
        ),
    ]  # fmt: skip
