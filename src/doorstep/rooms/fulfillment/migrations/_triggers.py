"""What no CHECK can say, because it is about sums: nothing is sent or packed twice.

Constraint triggers that look at the commit: rows may be moved between shipments and parcels
before it in any order.
"""

CREATE = """
CREATE FUNCTION fulfillment_check_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(l.quantity) FROM fulfillment_shipmentline l
        JOIN fulfillment_shipment s ON s.id = l.shipment_id
        WHERE l.order_line_id = NEW.order_line_id AND s.state <> 'canceled')
       > (SELECT o.quantity FROM orders_orderline o WHERE o.id = NEW.order_line_id) THEN
        RAISE EXCEPTION 'more pieces in shipments than were ordered'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nothing_sent_twice';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER nothing_sent_twice
    AFTER INSERT OR UPDATE OF quantity, order_line_id, shipment_id ON fulfillment_shipmentline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fulfillment_check_sent();

CREATE FUNCTION fulfillment_check_packed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sending uuid;
BEGIN
    SELECT p.shipment_id INTO sending FROM fulfillment_parcel p WHERE p.id = NEW.parcel_id;
    IF NEW.order_line_id IS NOT NULL AND
       (SELECT sum(l.quantity) FROM fulfillment_parcelline l
        JOIN fulfillment_parcel p ON p.id = l.parcel_id
        WHERE p.shipment_id = sending AND l.order_line_id = NEW.order_line_id)
       > coalesce((SELECT s.quantity FROM fulfillment_shipmentline s
                   WHERE s.shipment_id = sending AND s.order_line_id = NEW.order_line_id), 0) THEN
        RAISE EXCEPTION 'more pieces in parcels than in their shipment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nothing_packed_twice';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER nothing_packed_twice
    AFTER INSERT OR UPDATE OF quantity, order_line_id, parcel_id ON fulfillment_parcelline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fulfillment_check_packed();
"""

DROP = """
DROP TRIGGER nothing_packed_twice ON fulfillment_parcelline;
DROP FUNCTION fulfillment_check_packed();
DROP TRIGGER nothing_sent_twice ON fulfillment_shipmentline;
DROP FUNCTION fulfillment_check_sent();
"""
