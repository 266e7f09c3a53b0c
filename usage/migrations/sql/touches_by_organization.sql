-- Notes are kept with their organization, like everything that ingest writes.
ALTER TABLE usage_spend_touch DROP CONSTRAINT usage_spend_touch_pkey, ADD CONSTRAINT usage_spend_touch_pkey PRIMARY KEY (organization_id, id);
