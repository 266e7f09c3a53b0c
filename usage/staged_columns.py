"""The columns of an event and of the staging table that a batch passes through on its way into the ledger.

What is the same for a whole batch is not staged: the statement that stores it is given it once.
"""

from typing import Final

STAGED: Final = "staged_event"

BATCH_COLUMNS: Final = {
    "received_at": "timestamptz",
    "source": "varchar",
    "api_key_id": "bigint",
    "correction": "varchar",
}
"""Columns of ``usage_event`` that all events of a batch share, and their types."""

COPIED_COLUMNS: Final = {
    "period": "date NOT NULL",
    "close_number": "integer NOT NULL",
    "local_date": "date NOT NULL",
    "hour_start": "timestamptz NOT NULL",
    "id": "uuid NOT NULL",
    "occurred_at": "timestamptz NOT NULL",
    "member_id": "bigint NOT NULL",
    "department_id": "bigint NOT NULL",
    "project_id": "bigint NOT NULL",
    "integration_id": "bigint NOT NULL",
    "model_id": "bigint NOT NULL",
    "contracted_price_id": "bigint NOT NULL",
    "rate_id": "bigint NOT NULL",
    "list_price_id": "bigint NOT NULL",
    "calls": "integer NOT NULL",
    "failures": "integer NOT NULL",
    "unpriced": "smallint NOT NULL",
    "latency_bucket": "smallint NOT NULL",
    "duration_ms": "bigint NOT NULL",
    "input_tokens": "bigint NOT NULL",
    "cache_read_input_tokens": "bigint NOT NULL",
    "output_tokens": "bigint NOT NULL",
    "cache_creation_5m_input_tokens": "bigint NOT NULL",
    "cache_creation_1h_input_tokens": "bigint NOT NULL",
    "audio_input_tokens": "bigint NOT NULL",
    "image_input_tokens": "bigint NOT NULL",
    "reasoning_output_tokens": "bigint NOT NULL",
    "audio_output_tokens": "bigint NOT NULL",
    "audio_seconds": "bigint NOT NULL",
    "web_search_calls": "bigint NOT NULL",
    "code_run_calls": "bigint NOT NULL",
    "tool_call_tokens": "bigint NOT NULL",
    "user_text_tokens": "bigint NOT NULL",
    "context_tokens": "bigint NOT NULL",
    "file_tokens": "bigint NOT NULL",
    "system_tokens": "bigint NOT NULL",
    "tool_result_tokens": "bigint NOT NULL",
    "provider_name": "varchar(100) NOT NULL",
    "request_model": "varchar(200) NOT NULL",
    "response_model": "varchar(200) NOT NULL",
    "operation_name": "varchar(100) NOT NULL",
    "service_tier": "varchar(40) NOT NULL",
    "feature": "varchar(100) NOT NULL",
    "platform": "varchar(40) NOT NULL",
    "transaction_id": "varchar(200) NOT NULL",
    "response_id": "varchar(200) NOT NULL",
    "error_type": "varchar(100) NOT NULL",
    "list_cost": "numeric(38, 15)",
    "contracted_cost": "numeric(38, 15)",
    "chat_id": "uuid",
    "message_id": "uuid",
    "time_to_first_token_ms": "bigint",
    "sent_occurred_at": "timestamptz",
    "hold_id": "uuid",
    "tools": "jsonb",
    "files": "jsonb",
    "reported_cost": "numeric(38, 15)",
}
"""Columns of ``usage_event`` in the order of a staged line.

Types are those of ``usage_event`` to the last digit of their width, so nothing is checked a second time when it is
stored.
"""

STAGED_FACTS: Final = {
    "fingerprint": "bytea NOT NULL",
    "message": "varchar(200) NOT NULL",
    "file_facts": "jsonb",
}
"""What a staged line carries beyond the event's own columns, for keys, messages and files; at its end."""

UNCOPIED_COLUMNS: Final = {"corrects": "uuid"}
"""Columns of ``usage_event`` that are staged, but by no client's batch."""

STAGED_COLUMNS: Final = (*COPIED_COLUMNS, *UNCOPIED_COLUMNS)
EVENT_COLUMNS: Final = ("organization_id", *BATCH_COLUMNS, *STAGED_COLUMNS)
"""Columns of ``usage_event`` that are written; its ``xid`` writes itself."""

LINE_COLUMNS: Final = COPIED_COLUMNS | STAGED_FACTS
"""What a staged line is made of, in order, and the types."""

_READ_FIRST: Final = (
    "chat_id",
    "message_id",
    "list_cost",
    "contracted_cost",
    "tools",
    "files",
    "file_facts",
    "feature",
    "platform",
    "transaction_id",
    "fingerprint",
    "message",
    "time_to_first_token_ms",
)


def _table_columns() -> list[str]:
    """The columns in the order of the table, which is not that of the line: whoever reads one has to step over all
    that stand before it.

    First the whole numbers, of fixed width and always there; then what is asked of each row or summed up; at the end
    what is only handed on.
    """
    columns = LINE_COLUMNS | UNCOPIED_COLUMNS
    numbers = list(columns)[: list(columns).index("provider_name")]
    order = dict.fromkeys((*numbers, *_READ_FIRST, *columns))
    return [f"{name} {columns[name]}" for name in order]


CREATE_STAGED: Final = (
    f"CREATE TEMPORARY TABLE IF NOT EXISTS {STAGED} ({', '.join(_table_columns())}) ON COMMIT DELETE ROWS"
)
COPY_STAGED: Final = f"COPY {STAGED} ({', '.join(LINE_COLUMNS)}) FROM STDIN"


def literals(line: str) -> list[str]:
    """The columns of one line of ``COPY`` text as literals of SQL; both know the same escapes."""
    return [
        "NULL" if text == r"\N" else "E'" + text.replace("'", "''") + "'" for text in line[:-1].split("\t")
    ]
