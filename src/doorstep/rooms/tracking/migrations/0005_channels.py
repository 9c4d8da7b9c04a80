"""News of parcels on WhatsApp, Messenger and as notifications; the new rule takes all of the old."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the rows are looked at beside running reads and writes

    dependencies = [("tracking", "0004_shipped_by_day")]

    operations = [
        migrations.RemoveConstraint("shopperchoice", "choice_channel"),
        AddConstraintNotValid(
            "shopperchoice",
            models.CheckConstraint(
                condition=models.Q(
                    ("channel__in", ["email", "sms", "whatsapp", "messenger", "push", "none"])
                ),
                name="choice_channel",
            ),
        ),
        ValidateConstraint("shopperchoice", "choice_channel"),
    ]
