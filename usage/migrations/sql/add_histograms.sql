-- Adds two latency histograms, bucket by bucket.
CREATE FUNCTION add_histograms(one bigint[], other bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT array_agg(one[bucket] + other[bucket] ORDER BY bucket) FROM generate_subscripts(one, 1) AS bucket $$;
