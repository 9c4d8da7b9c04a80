"""The last word on the books is the database's.

After every statement that adds entries: each booking of them adds up to zero; no more money has
gone back or was given as credit than came in; no more was taken back of a line than was sold. The
book's row is locked first, so that two bookings of one order are judged one after the other.
Nothing can be changed or deleted afterwards.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION billing_judge_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM 1 FROM billing_book b WHERE b.id IN (SELECT n.book_id FROM added n)
        ORDER BY b.id FOR NO KEY UPDATE;
    SELECT e.booking_id AS id, sum(e.amount_minor) AS amount INTO wrong
        FROM billing_entry e WHERE e.booking_id IN (SELECT n.booking_id FROM added n)
            AND e.book_id IN (SELECT n.book_id FROM added n)
        GROUP BY 1 HAVING sum(e.amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'booking % does not add up to zero (%)', wrong.id, wrong.amount
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_adds_up';
    END IF;
    SELECT e.book_id AS id, sum(e.amount_minor) AS amount INTO wrong
        FROM billing_entry e WHERE e.book_id IN (SELECT n.book_id FROM added n)
            AND e.account IN ('paid', 'refund_due', 'credit', 'bonus', 'transfer')
        GROUP BY 1 HAVING sum(e.amount_minor) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more would go back of book % than was paid (%)', wrong.id, wrong.amount
            USING ERRCODE = 'check_violation', CONSTRAINT = 'never_more_than_paid';
    END IF;
    SELECT e.line_id AS id INTO wrong
        FROM billing_entry e WHERE e.book_id IN (SELECT n.book_id FROM added n)
            AND e.line_id IS NOT NULL
        GROUP BY 1
        HAVING sum(e.quantity) FILTER (WHERE e.account = 'goods') < 0
            OR sum(e.amount_minor) > greatest(0, sum(e.amount_minor) FILTER (WHERE EXISTS (
                SELECT 1 FROM billing_booking b WHERE b.id = e.booking_id AND b.kind = 'sale')))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more would be taken back of line % than was sold', wrong.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'never_more_than_sold';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_entries_judged AFTER INSERT ON billing_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing_judge_entries();

CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_entry_append_only BEFORE UPDATE OR DELETE ON billing_entry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();
CREATE TRIGGER billing_booking_append_only BEFORE UPDATE OR DELETE ON billing_booking
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change();
"""

DROP = """
DROP TRIGGER billing_booking_append_only ON billing_booking;
DROP TRIGGER billing_entry_append_only ON billing_entry;
DROP FUNCTION billing_refuse_change();
DROP TRIGGER billing_entries_judged ON billing_entry;
DROP FUNCTION billing_judge_entries();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
