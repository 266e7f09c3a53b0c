-- What stood in one row per kind makes room for one row with all kinds.
ALTER TABLE charge_daily RENAME TO charge_daily_of_kind;
ALTER INDEX charge_daily_pkey RENAME TO charge_daily_of_kind_pkey;
