DROP TRIGGER document_stays ON teams_document;
DROP FUNCTION teams_document_stays();
