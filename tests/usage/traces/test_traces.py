from datetime import UTC, datetime, timedelta

import pytest

from usage.traces import UNDATED, TraceError, TraceFormat, TraceRequest, detect_format, read_trace

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"


def mooncake(*blocks: int, tokens: int, at: int = 0, output: int = 1) -> str:
    return f'{{"timestamp": {at}, "input_length": {tokens}, "output_length": {output}, "hash_ids": {list(blocks)}}}\n'


def test_an_azure_line_is_a_request_in_utc_with_its_tenths_of_microseconds_cut_off():
    [request] = read_trace([HEADER, "2023-11-16 18:17:03.9799609,4808,10\n"])
    assert request == TraceRequest(2, datetime(2023, 11, 16, 18, 17, 3, 979960, UTC), 4808, 0, 10)


def test_azure_columns_may_stand_in_another_order_beside_others():
    [request] = read_trace(
        ["GeneratedTokens,Extra,TIMESTAMP,ContextTokens\r\n", "7,x,2024-05-10 00:00:00,9\r\n"]
    )
    assert (request.input_tokens, request.output_tokens) == (9, 7)


def test_blank_lines_are_no_requests_but_count():
    requests = list(read_trace([HEADER, "\n", "2023-11-16 18:17:03,1,1\n", "\n"]))
    assert [request.line for request in requests] == [3]


def test_a_mooncake_line_is_a_request_at_its_milliseconds():
    requests = list(read_trace([mooncake(1, tokens=500), mooncake(2, tokens=500, at=1022025, output=83)]))
    assert requests[1] == TraceRequest(2, UNDATED + timedelta(milliseconds=1022025), 500, 0, 83)


def test_a_block_seen_in_an_earlier_request_is_a_cache_read():
    lines = [mooncake(1, 2, tokens=1024), mooncake(1, 2, 3, tokens=1100)]
    assert [request.cache_read_input_tokens for request in read_trace(lines)] == [0, 1024]


def test_a_block_repeated_within_one_request_only_is_none():
    assert next(read_trace([mooncake(1, 1, tokens=1024)])).cache_read_input_tokens == 0


def test_the_last_block_has_what_is_left_of_the_input():
    lines = [mooncake(1, 2, tokens=1024), mooncake(1, 2, tokens=600)]
    assert [request.cache_read_input_tokens for request in read_trace(lines)] == [0, 600]


def test_more_blocks_than_the_input_fills_add_nothing():
    lines = [mooncake(1, 2, 3, tokens=1536), mooncake(1, 2, 3, tokens=512)]
    assert [request.cache_read_input_tokens for request in read_trace(lines)] == [0, 512]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (HEADER, TraceFormat.AZURE),
        ("\ufeff" + HEADER, TraceFormat.AZURE),
        (' {"a": 1}', TraceFormat.MOONCAKE),
    ],
)
def test_the_first_line_tells_the_format(line, found):
    assert detect_format(line) is found


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["a,b,c\n"], "Line 1 is neither"),
        ([], "Line 1 is empty"),
        (
            [HEADER, "2023-11-16 18:17:03,1,1\n", "yesterday,1,1\n"],
            "Line 3 is not a request of an Azure trace",
        ),
        ([HEADER, "2023-11-16 18:17:03,-1,1\n"], "Line 2 "),
        ([HEADER, "2023-11-16 18:17:03,1.5,1\n"], "Line 2 "),
        ([HEADER, "2023-11-16 18:17:03,1e308,1\n"], "Line 2 "),
        ([HEADER, "2023-11-16 18:17:03,99999999999999999999999999,1\n"], "Line 2 "),
        ([HEADER, "2023-11-16 18:17:03,1\n"], "Line 2 "),
        ([mooncake(1, tokens=5), '{"timestamp": 1}\n'], "Line 2 is not a request of a Mooncake trace"),
        ([mooncake(1, tokens=-5)], "Line 1 is not a request of a Mooncake trace"),
        ([mooncake(1, tokens=5), "not json\n"], "Line 2 "),
    ],
)
def test_a_wrong_line_is_named(lines, sentence):
    with pytest.raises(TraceError, match=sentence):
        list(read_trace(lines))


def test_a_format_that_was_named_is_not_guessed_at():
    with pytest.raises(TraceError, match="Line 1 lacks the columns TIMESTAMP"):
        list(read_trace([mooncake(1, tokens=5)], TraceFormat.AZURE))
