"""What reads the whole table of messages: done beside a running sender, without stopping it."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is built beside running writes only outside of a transaction

    dependencies = [("messaging", "0002_pauses")]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(("status", "deferred")),
                fields=["store", "customer"],
                name="message_deferred",
            ),
        ),
        AddConstraintNotValid(
            "message",
            models.CheckConstraint(
                condition=models.Q(
                    ("test_source__isnull", True), ("is_test", True), _connector="OR"
                ),
                name="message_test_source",
            ),
        ),
        ValidateConstraint("message", "message_test_source"),
        # Until now the only reason to defer was the time that the requester asked for.
        migrations.RunSQL(
            "UPDATE messaging_message SET not_before = due_at"
            " WHERE status = 'deferred' AND not_before IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
