-- One row per day, close, scope and price holds the quantity and the cost of every kind: a fourth of the rows.
INSERT INTO charge_daily (
    organization_id, local_date, close_number, department_id, project_id, feature, price_id, rate_id, model_id,
    input_quantity, cache_read_quantity, cache_write_5m_quantity, cache_write_1h_quantity,
    audio_input_quantity, image_input_quantity, output_quantity, reasoning_quantity,
    audio_output_quantity, audio_second_quantity, web_search_quantity, code_run_quantity,
    call_quantity,
    input_cost, cache_read_cost, cache_write_5m_cost, cache_write_1h_cost,
    audio_input_cost, image_input_cost, output_cost, reasoning_cost,
    audio_output_cost, audio_second_cost, web_search_cost, code_run_cost,
    call_cost
)
SELECT organization_id, local_date, close_number, department_id, project_id, feature, price_id, rate_id, model_id,
    coalesce(sum(quantity) FILTER (WHERE kind = 'input'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'cache_read'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'cache_write_5m'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'cache_write_1h'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'audio_input'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'image_input'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'output'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'reasoning'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'audio_output'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'audio_second'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'web_search'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'code_run'), 0),
    coalesce(sum(quantity) FILTER (WHERE kind = 'call'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'input'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'cache_read'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'cache_write_5m'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'cache_write_1h'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'audio_input'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'image_input'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'output'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'reasoning'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'audio_output'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'audio_second'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'web_search'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'code_run'), 0),
    coalesce(sum(contracted_cost) FILTER (WHERE kind = 'call'), 0)
FROM charge_daily_of_kind
GROUP BY organization_id, local_date, close_number, department_id, project_id, feature, price_id, rate_id, model_id;
DROP TABLE charge_daily_of_kind;
ALTER TABLE charge_daily SET (fillfactor = 80);
