"""What the database itself refuses: more pieces back than were bought, evidence rewritten."""

from django.db import migrations

CREATE = """
-- Several returns of one order line, asked for at once, wait for each other on the line's row: the
-- sum of what they claim stays within what was bought, whatever the code does.
CREATE FUNCTION returns_check_claims() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bought integer;
    of_order uuid;
    returned_of uuid;
    taken bigint;
BEGIN
    SELECT quantity, order_id INTO bought, of_order FROM orders_orderline
        WHERE id = NEW.order_line_id FOR NO KEY UPDATE;
    SELECT order_id INTO returned_of FROM returns_returnauthorization
        WHERE id = NEW.authorization_id;
    IF of_order IS DISTINCT FROM returned_of THEN
        RAISE EXCEPTION 'the line is of another order'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'return_line_of_order';
    END IF;
    IF NEW.claimed > 0 THEN
        SELECT coalesce(sum(claimed), 0) INTO taken FROM returns_returnline
            WHERE order_line_id = NEW.order_line_id AND id <> NEW.id;
        IF taken + NEW.claimed > bought THEN
            RAISE EXCEPTION 'more comes back than was bought'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'return_line_bought';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER returns_claims_within_bought BEFORE INSERT OR UPDATE OF claimed, order_line_id
    ON returns_returnline FOR EACH ROW EXECUTE FUNCTION returns_check_claims();

-- What somebody sent through the withdrawal function is evidence; erasing a person is the only
-- change of it, and says so.
CREATE FUNCTION returns_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (
        NEW.erased_at IS NULL AND
        (NEW.number, NEW.name, NEW.order_number, NEW.contact, NEW.text, NEW.content, NEW.received_at)
        IS DISTINCT FROM
        (OLD.number, OLD.name, OLD.order_number, OLD.contact, OLD.text, OLD.content, OLD.received_at)
    ) THEN
        RAISE EXCEPTION 'a withdrawal is kept as it was sent' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER returns_withdrawal_evidence BEFORE UPDATE OR DELETE ON returns_withdrawal
    FOR EACH ROW EXECUTE FUNCTION returns_keep_evidence();

-- A piece goes to the shelf once: what was decided about it stays.
CREATE FUNCTION returns_disposed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.disposed_at IS NOT NULL AND NEW.disposition IS DISTINCT FROM OLD.disposition THEN
        RAISE EXCEPTION 'this piece was disposed of already' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER returns_piece_disposed_once BEFORE UPDATE ON returns_returnedpiece
    FOR EACH ROW EXECUTE FUNCTION returns_disposed_once();
"""

DROP = """
DROP TRIGGER returns_piece_disposed_once ON returns_returnedpiece;
DROP FUNCTION returns_disposed_once();
DROP TRIGGER returns_withdrawal_evidence ON returns_withdrawal;
DROP FUNCTION returns_keep_evidence();
DROP TRIGGER returns_claims_within_bought ON returns_returnline;
DROP FUNCTION returns_check_claims();
"""


class Migration(migrations.Migration):
    dependencies = [("returns", "0002_flow")]
    operations = [migrations.RunSQL(CREATE, DROP)]
