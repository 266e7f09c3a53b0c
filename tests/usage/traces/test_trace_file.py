import gzip
from datetime import timedelta

import pytest

from tests.real_data import AZURE, MOONCAKE, needs_real_data
from usage.trace_file import read_trace_file, survey_trace
from usage.traces import TraceError, TraceFormat

TEXT = "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,4808,10\n2023-11-16 18:17:02,30,2\n"


def test_a_file_and_its_gzipped_copy_are_the_same_trace(tmp_path):
    plain, packed = tmp_path / "trace.csv", tmp_path / "without-an-ending"
    plain.write_text(TEXT)
    packed.write_bytes(gzip.compress(TEXT.encode()))
    assert survey_trace(plain) == survey_trace(packed)
    assert list(read_trace_file(plain, TraceFormat.AZURE)) == list(read_trace_file(packed, TraceFormat.AZURE))


def test_a_survey_sums_up_and_finds_the_earliest_and_the_latest(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text(TEXT)
    survey = survey_trace(path)
    assert (survey.requests, survey.input_tokens, survey.output_tokens) == (2, 4838, 12)
    assert (survey.first.second, survey.last.second) == (2, 3)


def test_another_trace_has_another_digest(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text(TEXT)
    other.write_text(TEXT.replace("4808", "4809"))
    assert survey_trace(one).digest != survey_trace(other).digest


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(TEXT.encode(), mtime=0)[:30], "cannot be unpacked"),
        (b"\x1f\x8bnothing of the sort", "cannot be unpacked"),
        (b"TIMESTAMP,ContextTokens,GeneratedTokens\n\xff\xfe\n", "is not a text file"),
        (b"TIMESTAMP,ContextTokens,GeneratedTokens\n", "holds no requests"),
        (b"", "Line 1 is"),
    ],
)
def test_a_broken_file_is_told_in_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "trace"
    path.write_bytes(content)
    with pytest.raises(TraceError, match=sentence):
        survey_trace(path)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(TraceError, match="cannot be read"):
            survey_trace(path)


@needs_real_data
def test_the_azure_trace_has_its_published_sums():
    survey = survey_trace(AZURE)
    assert (survey.requests, survey.input_tokens, survey.output_tokens) == (8_819, 18_059_974, 245_896)
    assert survey.cache_read_input_tokens == 0


@needs_real_data
def test_about_64_per_cent_of_the_mooncake_trace_is_cached():
    survey = survey_trace(MOONCAKE)
    assert survey.requests == 3_993
    assert survey.cache_read_input_tokens / survey.input_tokens == pytest.approx(0.64, abs=0.015)
    assert survey.length > timedelta(minutes=17)
