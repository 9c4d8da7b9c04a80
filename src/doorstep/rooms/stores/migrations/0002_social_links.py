from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stores", "0001_initial")]

    operations = [
        migrations.AddField("store", "social_links", models.TextField(db_default="", default="")),
    ]
