-- Who used the chats that stand, on which model, and which of them were left alone.
UPDATE usage_chat c SET
    department_id = s.department_id,
    model_id = s.model_id,
    is_shared = s.is_shared,
    is_quiet = c.last_at < now() - interval '2 days'
FROM (
    SELECT organization_id, chat_id,
        min(member_id) <> max(member_id) OR min(department_id) <> max(department_id) AS is_shared,
        CASE WHEN min(member_id) = max(member_id) AND min(department_id) = max(department_id)
            THEN min(department_id) ELSE 0 END AS department_id,
        CASE WHEN min(model_id) = max(model_id) THEN min(model_id) ELSE 0 END AS model_id
    FROM usage_event WHERE chat_id IS NOT NULL GROUP BY organization_id, chat_id
) s
WHERE c.organization_id = s.organization_id AND c.id = s.chat_id;
