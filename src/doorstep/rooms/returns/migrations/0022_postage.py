from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("returns", "0021_failed_labels")]
    operations = [
        migrations.AddField(
            model_name="returnlabel",
            name="postage",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddConstraint(
            model_name="returnlabel",
            constraint=models.CheckConstraint(
                condition=models.Q(("postage__in", ["", "asked", "back", "kept", "unanswered"])),
                name="return_label_postage",
            ),
        ),
    ]
