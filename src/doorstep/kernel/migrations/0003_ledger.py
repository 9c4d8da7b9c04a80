"""The ledger: accounts, entries, lots, parts, and the triggers that keep the books (ADR 0013)."""

import django.db.models.deletion
from django.db import migrations, models

import doorstep.kernel.ids

GUARDS = """
-- Entries move their accounts: nothing else can.
CREATE FUNCTION kernel_ledger_move_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kernel_ledger_account a
    SET balance = a.balance + e.amount, pending = a.pending + e.pending,
        entries = a.entries + e.entries
    FROM (SELECT account_id, sum(amount) AS amount, sum(pending) AS pending, count(*) AS entries
          FROM added GROUP BY account_id) AS e
    WHERE a.id = e.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER kernel_ledger_entry_moves AFTER INSERT ON kernel_ledger_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_ledger_move_accounts();

-- Parts move their lots: nothing else can.
CREATE FUNCTION kernel_ledger_move_lots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kernel_ledger_lot l SET remaining = l.remaining + p.amount
    FROM (SELECT lot_id, sum(amount) AS amount FROM added GROUP BY lot_id) AS p
    WHERE l.id = p.lot_id;
    RETURN NULL;
END $$;
CREATE TRIGGER kernel_ledger_part_moves AFTER INSERT ON kernel_ledger_part
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_ledger_move_lots();

CREATE FUNCTION kernel_ledger_refuse_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is a statement of somebody's; the triggers above write at depth 2.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% is moved by entries only', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kernel_ledger_account_by_hand BEFORE UPDATE ON kernel_ledger_account
    FOR EACH ROW WHEN ((OLD.balance, OLD.pending, OLD.entries)
                       IS DISTINCT FROM (NEW.balance, NEW.pending, NEW.entries))
    EXECUTE FUNCTION kernel_ledger_refuse_by_hand();
CREATE TRIGGER kernel_ledger_account_opened BEFORE INSERT ON kernel_ledger_account
    FOR EACH ROW WHEN (NEW.balance <> 0 OR NEW.pending <> 0 OR NEW.entries <> 0)
    EXECUTE FUNCTION kernel_ledger_refuse_by_hand();
CREATE TRIGGER kernel_ledger_lot_by_hand BEFORE UPDATE ON kernel_ledger_lot
    FOR EACH ROW WHEN ((OLD.amount, OLD.remaining) IS DISTINCT FROM (NEW.amount, NEW.remaining))
    EXECUTE FUNCTION kernel_ledger_refuse_by_hand();
CREATE TRIGGER kernel_ledger_lot_opened BEFORE INSERT ON kernel_ledger_lot
    FOR EACH ROW WHEN (NEW.remaining <> 0)
    EXECUTE FUNCTION kernel_ledger_refuse_by_hand();

CREATE TRIGGER kernel_ledger_entry_append_only BEFORE UPDATE OR DELETE ON kernel_ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
CREATE TRIGGER kernel_ledger_part_append_only BEFORE UPDATE OR DELETE ON kernel_ledger_part
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
CREATE TRIGGER kernel_ledger_account_kept BEFORE DELETE ON kernel_ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
CREATE TRIGGER kernel_ledger_lot_kept BEFORE DELETE ON kernel_ledger_lot
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();

-- At the commit the books are closed: an entry is the sum of its parts, no spend was given back
-- twice, and what the account has is what its lots have.
CREATE FUNCTION kernel_ledger_close_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    a kernel_ledger_account%ROWTYPE;
BEGIN
    SELECT * INTO a FROM kernel_ledger_account WHERE id = NEW.account_id;
    IF a.store_id <> NEW.store_id OR a.book <> NEW.book THEN
        RAISE EXCEPTION 'ledger entry % is of another store or book than its account', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.amount + NEW.pending <> (
        SELECT coalesce(sum(amount), 0) FROM kernel_ledger_part WHERE entry_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'ledger entry % is not the sum of its parts', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.source_id IS NOT NULL AND (
        SELECT abs(sum(amount + pending)) FROM kernel_ledger_entry
        WHERE source_id = NEW.source_id AND kind = NEW.kind
    ) > (SELECT abs(amount + pending) FROM kernel_ledger_entry WHERE id = NEW.source_id) THEN
        RAISE EXCEPTION 'more goes back of ledger entry % than it moved', NEW.source_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF (a.balance, a.pending) <> (
        SELECT coalesce(sum(remaining) FILTER (WHERE NOT is_pending), 0),
               coalesce(sum(remaining) FILTER (WHERE is_pending), 0)
        FROM kernel_ledger_lot WHERE account_id = a.id AND remaining > 0
    ) THEN
        RAISE EXCEPTION 'the lots of ledger account % are not its balance', a.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kernel_ledger_entry_closed AFTER INSERT ON kernel_ledger_entry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION kernel_ledger_close_entry();

-- Accounts and lots change with every entry: room on the page for the next version.
ALTER TABLE kernel_ledger_account SET (fillfactor = 70);
ALTER TABLE kernel_ledger_lot SET (fillfactor = 70);
"""

# Functions go with CASCADE: their triggers go with them, the tables with the operations above.
NO_GUARDS = """
ALTER TABLE kernel_ledger_lot RESET (fillfactor);
ALTER TABLE kernel_ledger_account RESET (fillfactor);
DROP TRIGGER kernel_ledger_entry_append_only ON kernel_ledger_entry;
DROP TRIGGER kernel_ledger_part_append_only ON kernel_ledger_part;
DROP TRIGGER kernel_ledger_account_kept ON kernel_ledger_account;
DROP TRIGGER kernel_ledger_lot_kept ON kernel_ledger_lot;
DROP FUNCTION kernel_ledger_close_entry() CASCADE;
DROP FUNCTION kernel_ledger_refuse_by_hand() CASCADE;
DROP FUNCTION kernel_ledger_move_lots() CASCADE;
DROP FUNCTION kernel_ledger_move_accounts() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerAccount",
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
                ("store_id", models.UUIDField()),
                ("book", models.TextField()),
                ("holder", models.TextField()),
                ("unit", models.TextField()),
                ("balance", models.BigIntegerField(default=0)),
                ("pending", models.BigIntegerField(default=0)),
                ("entries", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kernel_ledger_account",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store_id", "book", "holder", "unit"), name="one_ledger_account"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("balance__gte", 0), ("pending__gte", 0)),
                        name="ledger_never_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("book", ""), _negated=True),
                            models.Q(("holder", ""), _negated=True),
                            models.Q(("unit", ""), _negated=True),
                        ),
                        name="ledger_account_named",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
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
                ("store_id", models.UUIDField()),
                ("book", models.TextField()),
                ("nth", models.PositiveIntegerField()),
                ("kind", models.TextField()),
                ("amount", models.BigIntegerField()),
                ("pending", models.BigIntegerField(default=0)),
                ("balance_after", models.BigIntegerField()),
                ("pending_after", models.BigIntegerField()),
                ("cause", models.TextField()),
                ("words", models.TextField(default="")),
                ("rule", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("by_label", models.TextField(default="")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.ledgeraccount",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.ledgerentry",
                    ),
                ),
            ],
            options={
                "db_table": "kernel_ledger_entry",
            },
        ),
        migrations.CreateModel(
            name="LedgerLot",
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
                ("store_id", models.UUIDField()),
                ("amount", models.BigIntegerField()),
                ("remaining", models.BigIntegerField(default=0)),
                ("is_pending", models.BooleanField(default=False)),
                ("matures_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.ledgeraccount",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.ledgerentry",
                    ),
                ),
            ],
            options={
                "db_table": "kernel_ledger_lot",
            },
        ),
        migrations.CreateModel(
            name="LedgerPart",
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
                ("store_id", models.UUIDField()),
                ("amount", models.BigIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.ledgerentry",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.ledgerlot",
                    ),
                ),
            ],
            options={
                "db_table": "kernel_ledger_part",
            },
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("source__isnull", False)),
                fields=["source"],
                name="ledger_by_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=("store_id", "book", "cause"), name="ledger_once_per_cause"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=("account", "nth"), name="ledger_entries_in_a_row"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount", 0), _negated=True),
                    models.Q(("pending", 0), _negated=True),
                    _connector="OR",
                ),
                name="ledger_entry_moves",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause", ""), _negated=True), name="ledger_entry_cause"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "credited",
                            "matured",
                            "spent",
                            "given_back",
                            "expired",
                            "reversed",
                            "moved_out",
                            "moved_in",
                        ],
                    )
                ),
                name="ledger_entry_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance_after__gte", 0), ("pending_after__gte", 0)),
                name="ledger_entry_after",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerlot",
            index=models.Index(
                models.F("account"),
                models.OrderBy(models.F("expires_at"), nulls_last=True),
                models.F("id"),
                condition=models.Q(("remaining__gt", 0)),
                name="ledger_lot_next",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerlot",
            index=models.Index(
                condition=models.Q(
                    ("expires_at__isnull", False), ("is_pending", False), ("remaining__gt", 0)
                ),
                fields=["expires_at"],
                name="ledger_lot_due",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerlot",
            index=models.Index(
                condition=models.Q(
                    ("is_pending", True), ("matures_at__isnull", False), ("remaining__gt", 0)
                ),
                fields=["matures_at"],
                name="ledger_lot_maturing",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerlot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gt", 0), ("remaining__gte", 0), ("remaining__lte", models.F("amount"))
                ),
                name="ledger_lot_remaining",
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerpart",
            index=models.Index(fields=["lot"], name="ledger_part_by_lot"),
        ),
        migrations.AddConstraint(
            model_name="ledgerpart",
            constraint=models.UniqueConstraint(fields=("entry", "lot"), name="ledger_part_once"),
        ),
        migrations.AddConstraint(
            model_name="ledgerpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="ledger_part_moves"
            ),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
