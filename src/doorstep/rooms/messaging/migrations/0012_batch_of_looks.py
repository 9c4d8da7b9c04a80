"""Opens, clicks and refusals know their message's batch. Safe on a live system.

The column is empty at first, which takes no rewriting; the rows there are get theirs two thousand
at a time, and the index is built beside running writes. Begun again, it goes on where it stood.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

# Who writes a row of the chunk waits for the chunk: small ones hold nobody up (bench-migrations).
_CHUNK = 2_000
_KINDS = ["opened", "clicked", "unsubscribed"]
# In the order of their ids, so that each row is looked at once; ids of version 7 follow the clock.
_NEXT = """
    SELECT id FROM messaging_deliveryevent
    WHERE id > %s ORDER BY id OFFSET %s LIMIT 1
"""
_FILL = """
    UPDATE messaging_deliveryevent AS d SET batch_id = m.batch_id
    FROM messaging_message m
    WHERE d.id > %s AND (%s::uuid IS NULL OR d.id <= %s) AND d.kind = ANY(%s)
      AND d.batch_id IS NULL AND m.id = d.message_id AND m.batch_id IS NOT NULL
"""
# Who refused by the link of a message, before that was kept beside the message.
_REFUSED = """
    INSERT INTO messaging_deliveryevent
        (id, store_id, message_id, batch_id, provider, kind, is_permanent, channel, recipient,
         provider_message_id, description, dedupe_key, raw, by_machine, machine_reason,
         occurred_at, received_at)
    SELECT DISTINCT ON (m.id) gen_random_uuid(), m.store_id, m.id, m.batch_id, 'doorstep',
           'unsubscribed', false, m.channel, '', '', '', 'unsubscribed:' || m.id, '{}', false, '',
           c.at, c.at
    FROM messaging_consent c
    JOIN messaging_message m ON m.id = (c.proof ->> 'message_id')::uuid AND m.store_id = c.store_id
    WHERE c.state = 'withdrawn' AND c.source IN ('one_click', 'preferences')
    ORDER BY m.id, c.at
    ON CONFLICT DO NOTHING
"""


def _fill(apps, schema_editor):
    after = "00000000-0000-0000-0000-000000000000"
    while after is not None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_NEXT, [after, _CHUNK - 1])
            row = cursor.fetchone()
            until = row[0] if row else None
            cursor.execute(_FILL, [after, until, until, _KINDS])
        after = until
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_REFUSED)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0011_second_words")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE messaging_deliveryevent ADD COLUMN IF NOT EXISTS batch_id uuid",
                    "ALTER TABLE messaging_deliveryevent DROP COLUMN batch_id",
                )
            ],
            state_operations=[
                migrations.AddField(
                    "deliveryevent",
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.messagebatch",
                    ),
                )
            ],
        ),
        migrations.RunPython(_fill, migrations.RunPython.noop),
        # What an interrupted try left is no index.
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS delivery_by_batch", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            "deliveryevent",
            models.Index(
                fields=["batch", "kind", "message"],
                name="delivery_by_batch",
                condition=Q(
                    batch__isnull=False,
                    by_machine=False,
                    kind__in=["opened", "clicked", "unsubscribed"],
                ),
            ),
        ),
    ]
