-- The charges as people read them: a row for each kind that was used.
CREATE VIEW charge_by_kind AS
SELECT c.organization_id, c.local_date, c.close_number, c.department_id, c.project_id, c.feature,
    c.price_id, c.rate_id, c.model_id, charge.kind::varchar(16), charge.quantity, charge.contracted_cost
FROM charge_daily c CROSS JOIN LATERAL (VALUES
    ('input', c.input_quantity, c.input_cost),
    ('cache_read', c.cache_read_quantity, c.cache_read_cost),
    ('cache_write_5m', c.cache_write_5m_quantity, c.cache_write_5m_cost),
    ('cache_write_1h', c.cache_write_1h_quantity, c.cache_write_1h_cost),
    ('audio_input', c.audio_input_quantity, c.audio_input_cost),
    ('image_input', c.image_input_quantity, c.image_input_cost),
    ('output', c.output_quantity, c.output_cost),
    ('reasoning', c.reasoning_quantity, c.reasoning_cost),
    ('audio_output', c.audio_output_quantity, c.audio_output_cost),
    ('audio_second', c.audio_second_quantity, c.audio_second_cost),
    ('web_search', c.web_search_quantity, c.web_search_cost),
    ('code_run', c.code_run_quantity, c.code_run_cost),
    ('call', c.call_quantity, c.call_cost)
) AS charge(kind, quantity, contracted_cost)
WHERE charge.quantity <> 0 OR charge.contracted_cost <> 0;
