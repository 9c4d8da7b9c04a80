import django.db.models.deletion
from django.db import migrations, models

import doorstep.kernel.ids


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_preferences"), ("stores", "0002_social_links")]

    operations = [
        migrations.CreateModel(
            name="OwnMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=doorstep.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("purpose", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.TextField()),
                ("deleted_at", models.DateTimeField(null=True)),
                ("deleted_by", models.TextField(default="")),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store", "kind"), name="own_message_kind"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__regex", "^own_(customer|order)_[a-z0-9][a-z0-9_]*$")
                        ),
                        name="own_message_kind_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["service", "marketing"])),
                        name="own_message_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="own_message_named"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deleted_at__isnull", True), ("deleted_by", "")),
                            models.Q(
                                ("deleted_at__isnull", False),
                                models.Q(("deleted_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="own_message_deleted_by",
                    ),
                ],
            },
        ),
    ]
