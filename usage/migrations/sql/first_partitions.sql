-- Partitions of the 24 months before this one to the 3 after it; from here on a nightly task keeps them made.
DO $$
DECLARE
    parent text;
    month date;
BEGIN
    FOREACH parent IN ARRAY ARRAY['usage_event', 'usage_message'] LOOP
        FOR ahead IN -24..3 LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC')::date + make_interval(months => ahead);
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || to_char(month, '_YYYY_MM'), parent, month, (month + interval '1 month')::date);
        END LOOP;
    END LOOP;
END
$$;
