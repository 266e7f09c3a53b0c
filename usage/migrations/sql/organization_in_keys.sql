-- Every heavy table carries the organization in its database key, so that it can be distributed by it.
ALTER TABLE usage_chat DROP CONSTRAINT usage_chat_pkey, ADD CONSTRAINT usage_chat_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE usage_file DROP CONSTRAINT usage_file_pkey, ADD CONSTRAINT usage_file_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE usage_hold DROP CONSTRAINT usage_hold_pkey, ADD CONSTRAINT usage_hold_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE usage_quarantine DROP CONSTRAINT usage_quarantine_pkey, ADD CONSTRAINT usage_quarantine_pkey PRIMARY KEY (organization_id, id);
