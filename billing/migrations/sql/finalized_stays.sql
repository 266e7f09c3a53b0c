-- A finalized invoice stays as it is, whoever asks: only what happens to it afterwards may be written down. Its PDF is
-- rendered after the number is given, so that rendering holds no lock; once it is there, it stays too.
CREATE FUNCTION billing_keep_finalized_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    afterwards text[] := ARRAY['payment_status', 'paid_total', 'sent_at', 'status', 'voided_at', 'void_reason'];
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'invoice % is finalized and stays', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.pdf_id IS NULL THEN
        afterwards := afterwards || 'pdf_id'::text;
    END IF;
    IF NEW.status = 'draft' OR (OLD.status = 'voided' AND NEW.status <> 'voided')
        OR to_jsonb(NEW) - afterwards <> to_jsonb(OLD) - afterwards THEN
        RAISE EXCEPTION 'invoice % is finalized and stays as it is', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_finalized BEFORE UPDATE OR DELETE ON billing_invoice
FOR EACH ROW EXECUTE FUNCTION billing_keep_finalized_invoice();

-- Lines, taxes and shares belong to the invoice: they are written while it is a draft, or not at all.
CREATE FUNCTION billing_keep_parts_of_finalized() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[] := CASE TG_OP
        WHEN 'DELETE' THEN ARRAY[OLD.invoice_id]
        WHEN 'INSERT' THEN ARRAY[NEW.invoice_id]
        ELSE ARRAY[OLD.invoice_id, NEW.invoice_id]
    END;
    number text;
BEGIN
    SELECT invoice.number INTO number FROM billing_invoice invoice
    WHERE invoice.id = ANY(touched) AND invoice.status <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'invoice % is finalized and stays as it is', number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE TRIGGER keep_finalized BEFORE INSERT OR UPDATE OR DELETE ON billing_invoiceline
FOR EACH ROW EXECUTE FUNCTION billing_keep_parts_of_finalized();
CREATE TRIGGER keep_finalized BEFORE INSERT OR UPDATE OR DELETE ON billing_invoicetax
FOR EACH ROW EXECUTE FUNCTION billing_keep_parts_of_finalized();
CREATE TRIGGER keep_finalized BEFORE INSERT OR UPDATE OR DELETE ON billing_invoiceshare
FOR EACH ROW EXECUTE FUNCTION billing_keep_parts_of_finalized();

-- Which closes an invoice charges is part of it too. Voiding sets the status first, and so gives its closes back.
CREATE FUNCTION billing_keep_closes_of_finalized() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END;
    number text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'closes of drafts and finalized invoices are never rewritten' USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT invoice.number INTO number FROM billing_invoice invoice WHERE invoice.id = touched AND invoice.status = 'finalized';
    IF FOUND THEN
        RAISE EXCEPTION 'invoice % is finalized and keeps its closes', number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE TRIGGER keep_finalized BEFORE INSERT OR UPDATE OR DELETE ON billing_invoicedclose
FOR EACH ROW EXECUTE FUNCTION billing_keep_closes_of_finalized();

-- Money that moved is recorded once and never rewritten.
CREATE FUNCTION billing_keep_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'recorded payments and credits stay; record the opposite' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER keep_record BEFORE UPDATE OR DELETE ON billing_payment
FOR EACH ROW EXECUTE FUNCTION billing_keep_record();
CREATE TRIGGER keep_record BEFORE UPDATE OR DELETE ON billing_creditentry
FOR EACH ROW EXECUTE FUNCTION billing_keep_record();
