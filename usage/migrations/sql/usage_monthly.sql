-- Room in the pages, as other rollups have it.
ALTER TABLE usage_monthly SET (fillfactor = 80);
-- What the days that stand add up to. A local day never lies outside of its billing month.
INSERT INTO usage_monthly (organization_id, dimension, period, entry_id, word, model_id, calls, failures, input_tokens,
    cache_read_input_tokens, output_tokens, list_cost, contracted_cost, unpriced, unpriced_tokens)
SELECT d.organization_id, entry.dimension, date_trunc('month', d.local_date)::date, entry.id, entry.word, d.model_id,
    sum(d.calls), sum(d.failures), sum(d.input_tokens), sum(d.cache_read_input_tokens), sum(d.output_tokens),
    sum(d.list_cost), sum(d.contracted_cost), sum(d.unpriced), sum(d.unpriced_tokens)
FROM usage_daily d CROSS JOIN LATERAL (VALUES
    ('department', d.department_id, ''), ('project', d.project_id, ''), ('member', d.member_id, ''),
    ('integration', d.integration_id, ''), ('platform', 0, d.platform)
) AS entry(dimension, id, word)
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6;
