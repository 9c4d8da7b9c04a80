"""The ledger of the shelves can be added to, not rewritten: the database refuses."""

from django.db import migrations

CREATE = """
CREATE FUNCTION inventory_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER inventory_movement_append_only BEFORE UPDATE OR DELETE ON inventory_stockmovement
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_refuse_change();
-- A level changes with every order of its variant: room on the page for the next version.
ALTER TABLE inventory_stocklevel SET (fillfactor = 50);
"""

DROP = """
ALTER TABLE inventory_stocklevel RESET (fillfactor);
DROP TRIGGER inventory_movement_append_only ON inventory_stockmovement;
DROP FUNCTION inventory_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
