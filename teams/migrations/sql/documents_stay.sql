-- A document that was sent to somebody must be the one that is kept.
CREATE FUNCTION teams_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'documents are never changed' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER document_stays BEFORE UPDATE ON teams_document
    FOR EACH ROW EXECUTE FUNCTION teams_document_stays();

-- PDF files are compressed already; trying again costs time and gains nothing.
ALTER TABLE teams_document ALTER COLUMN content SET STORAGE EXTERNAL;
