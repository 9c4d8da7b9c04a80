from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_dimensions")]

    operations = [
        migrations.AddField("product", "page_url", models.TextField(db_default="", default="")),
        migrations.AddField("product", "how_to", models.TextField(db_default="", default="")),
        migrations.AddField(
            "product", "how_to_video_url", models.TextField(db_default="", default="")
        ),
        migrations.AddField(
            "product", "how_to_image_url", models.TextField(db_default="", default="")
        ),
        migrations.AddField(
            "product", "how_to_page_url", models.TextField(db_default="", default="")
        ),
        migrations.AddField("product", "care", models.TextField(db_default="", default="")),
        migrations.AddField(
            "product", "care_texts", models.JSONField(db_default={}, default=dict)
        ),
        migrations.AddField(
            "product", "run_out_days", models.PositiveSmallIntegerField(null=True)
        ),
        # A catalog is thousands of rows: checked in a moment.
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(
                condition=models.Q(
                    ("run_out_days__isnull", True), ("run_out_days__gte", 1), _connector="OR"
                ),
                name="product_run_out_days",
            ),
        ),
    ]
