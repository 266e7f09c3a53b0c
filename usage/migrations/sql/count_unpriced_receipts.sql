-- What came in before is counted from the events; corrections pass no door. The column was just added, so nobody
-- else writes to the table before this transaction ends, and nothing is counted twice.
UPDATE receipt_daily receipt SET unpriced = counted.unpriced
FROM (
    SELECT organization_id, (received_at AT TIME ZONE 'UTC')::date AS received_on, source, api_key_id,
        count(*) AS unpriced
    FROM usage_event
    WHERE unpriced = 1 AND source <> 'correction'
    GROUP BY 1, 2, 3, 4
) counted
WHERE receipt.organization_id = counted.organization_id
    AND receipt.received_on = counted.received_on
    AND receipt.source = counted.source
    AND receipt.api_key_id = counted.api_key_id;
