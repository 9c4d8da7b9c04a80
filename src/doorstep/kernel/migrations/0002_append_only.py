"""The event log and the audit trail can be added to, not rewritten: the database refuses."""

from django.db import migrations

CREATE = """
CREATE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER kernel_event_append_only BEFORE UPDATE ON kernel_event
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
CREATE TRIGGER kernel_audit_append_only BEFORE UPDATE ON kernel_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
-- Hot, tiny tables: room on each page for the next version of a row, and early cleaning.
ALTER TABLE kernel_lane_cursor SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.0,
                                    autovacuum_vacuum_threshold = 1000);
ALTER TABLE kernel_outbox SET (autovacuum_vacuum_scale_factor = 0.0,
                               autovacuum_vacuum_threshold = 20000);
"""

DROP = """
DROP TRIGGER kernel_audit_append_only ON kernel_audit_entry;
DROP TRIGGER kernel_event_append_only ON kernel_event;
DROP FUNCTION kernel_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
