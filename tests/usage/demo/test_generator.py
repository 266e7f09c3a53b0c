"""The made-up year: the same every time, and with everything in it that the product shows."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from usage.demo.catalogue import FEATURES, MODELS, VOICE
from usage.demo.generator import demo_days, demo_events
from usage.demo.people import DEMO_ORGANIZATIONS, JUNIPER, PLACEHOLDER, UNPRICED
from usage.demo.services import RUNAWAY_CALLS
from usage.demo.story import DemoStory
from usage.identity import fingerprint
from usage.validation import find_fault

END = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def story():
    return DemoStory(JUNIPER, END)


@pytest.fixture(scope="module")
def days(story):
    return dict(demo_days(story))


@pytest.fixture(scope="module")
def events(days):
    return [event for day in days.values() for event in day]


def share(events, field, value):
    return sum(getattr(event, field) == value for event in events) / len(events)


@pytest.mark.parametrize("organization", DEMO_ORGANIZATIONS)
def test_the_same_story_has_the_same_events(organization):
    story = DemoStory(organization, END, months=1)
    assert list(map(fingerprint, demo_events(story))) == list(map(fingerprint, demo_events(replace(story))))


def test_later_on_the_same_day_there_are_the_same_events_and_more():
    morning = set(map(fingerprint, demo_events(DemoStory(JUNIPER, END, months=1))))
    evening = set(map(fingerprint, demo_events(DemoStory(JUNIPER, END + timedelta(hours=5), months=1))))
    assert morning < evening


def test_another_seed_is_another_year():
    one = set(map(fingerprint, demo_events(DemoStory(JUNIPER, END, months=1))))
    other = set(map(fingerprint, demo_events(DemoStory(JUNIPER, END, months=1, seed="2"))))
    assert not one & other


def test_there_are_13_whole_months_and_the_running_one_up_to_the_end(days, events):
    assert next(iter(days)) == date(2025, 10, 1)
    assert list(days)[-1] == date(2026, 11, 23)
    assert max(event.occurred_at for event in events) <= END
    assert END - max(event.occurred_at for event in events) < timedelta(hours=2)
    assert 60_000 <= len(events) <= 90_000


def test_every_event_obeys_the_rules_of_the_usage_api_and_has_an_id_of_its_own(events):
    assert [fault for event in events if (fault := find_fault(event))] == []
    assert len({event.transaction_id for event in events}) == len(events)


def test_every_feature_model_integration_project_and_platform_is_used(events):
    used = Counter((event.provider_name, event.request_model) for event in events)
    assert {(model.provider, model.name) for model in MODELS} == set(used)
    assert {*FEATURES, VOICE} == {event.feature for event in events}
    assert set(JUNIPER.integrations) == {event.integration_id for event in events} - {""}
    assert set(JUNIPER.projects) == {event.project_id for event in events} - {""}
    assert {event.platform for event in events} == {"web", "ios", "android", "integration", "api"}
    assert {tool.name for event in events for tool in event.tools} >= {
        "web_search",
        "code_run",
        "image_analysis",
    }


def test_everybody_chats_in_their_time_and_only_then(story, events):
    for person in JUNIPER.people:
        begun = {
            date.fromisoformat(day)
            for _demo, day, name, *_rest in (event.transaction_id.split(":") for event in events)
            if name == person.external_id
        }
        assert begun, person
        assert all(person.is_there(story.position(day)) for day in begun), person
    assert {event.member_id for event in events} - {""} == {person.external_id for person in JUNIPER.people}
    assert PLACEHOLDER in {event.member_id for event in events}


def test_people_keep_to_their_habits(story, events):
    """What comes on a day falls into few cells: a rollup has at most a row for five events."""

    def cell(event):
        day = event.occurred_at.astimezone(story.zone).date()
        of = (event.member_id, event.department_id, event.project_id, event.feature, event.integration_id)
        return day, of, event.response_model, event.platform

    assert len({cell(event) for event in events}) <= 0.2 * len(events)
    for person in JUNIPER.people:
        own = [event for event in events if event.member_id == person.external_id]
        phones = {event.platform for event in own} & {"ios", "android"}
        assert len(phones) <= 1, person
    for service in JUNIPER.services:
        calls = [event for event in events if f":{service.name}:" in event.transaction_id]
        by_day = {(event.occurred_at.astimezone(story.zone).date(), event.request_model) for event in calls}
        assert len(by_day) == len({day for day, _model in by_day}), service
        assert len({event.member_id for event in calls}) <= 2 * service.users, service


def test_some_usage_has_no_member_some_no_project_and_some_no_price(events):
    assert 0.03 < share(events, "member_id", "") < 0.2
    assert 0.2 < share(events, "project_id", "") < 0.7
    assert 0.003 < share(events, "provider_name", UNPRICED[0]) < 0.05


def test_files_are_read_in_many_chats_and_often_from_the_cache(events):
    reads = [(file, event.conversation_id) for event in events for file in event.files]
    chats = Counter(file_id for file_id, _chat in {(file.file_id, chat) for file, chat in reads})
    assert set(chats) == {file.external_id for file in JUNIPER.files}
    assert max(chats.values()) > 50
    cached = sum(file.cache_read_tokens for file, _chat in reads) / sum(file.tokens for file, _chat in reads)
    assert 0.3 < cached < 0.9
    assert sum(file.processed for file, _chat in reads) == len(JUNIPER.files)


def test_a_file_is_not_read_before_it_is_uploaded(events):
    uploaded = {
        file.file_id: event.occurred_at.date() for event in events for file in event.files if file.processed
    }
    assert all(event.occurred_at.date() >= uploaded[file.file_id] for event in events for file in event.files)


def test_voice_is_counted_in_audio_tokens_or_in_seconds(events):
    voice = [event for event in events if event.feature == VOICE]
    assert any(event.audio_input_tokens and event.audio_output_tokens for event in voice)
    assert any(event.audio_seconds for event in voice)
    assert not any(event.audio_seconds and event.audio_input_tokens for event in voice)


def test_calls_fail_now_and_then_and_more_often_while_an_integration_is_in_trouble(story, events):
    failed = [event for event in events if event.error_type]
    assert {event.error_type for event in failed} == {"rate_limit", "timeout", "server_error"}
    assert 0.005 < len(failed) / len(events) < 0.03
    slack = next(service for service in JUNIPER.services if service.name == "slack")
    first, last = (story.instant(story.day_at(position)) for position in slack.trouble)
    troubled = [e for e in events if e.integration_id == "slack" and first <= e.occurred_at < last]
    assert sum(bool(event.error_type) for event in troubled) / len(troubled) > 0.08


def test_weekends_and_holidays_are_quiet_and_the_year_grows(days):
    counts = {day: len(events) for day, events in days.items()}
    weekday = [count for day, count in counts.items() if day.weekday() < 5]
    weekend = [count for day, count in counts.items() if day.weekday() > 4]
    assert sum(weekend) / len(weekend) < 0.4 * sum(weekday) / len(weekday)
    assert counts[date(2025, 12, 25)] < 0.5 * counts[date(2025, 12, 11)]
    assert counts[date(2025, 11, 27)] < 0.5 * counts[date(2025, 11, 20)]
    october = [
        sum(c for day, c in counts.items() if (day.year, day.month) == (year, 10)) for year in (2025, 2026)
    ]
    assert october[1] > 1.5 * october[0]


def test_office_hours_are_the_busiest(story, events):
    hours = Counter(event.occurred_at.astimezone(story.zone).hour for event in events)
    assert sum(hours[hour] for hour in range(9, 17)) > 4 * sum(hours[hour] for hour in range(6))


def test_newer_models_take_over(days):
    first = Counter(event.request_model for day in list(days)[:60] for event in days[day])
    last = Counter(event.request_model for day in list(days)[-60:] for event in days[day])
    assert first["gpt-4o"] > 100
    assert not last["gpt-4o"]
    assert last["gpt-5.6-terra"] > 100
    assert not first["gpt-5.6-terra"]


def test_one_day_stands_out(days):
    tokens = {day: sum(event.input_tokens for event in events) for day, events in days.items()}
    highest = max(tokens, key=lambda day: tokens[day])
    assert highest == date(2026, 11, 23) - timedelta(days=JUNIPER.spike_days_ago)
    usual = sorted(tokens.values())[len(tokens) // 2]
    assert tokens[highest] > 3 * usual
    runaway = [event for event in days[highest] if ":index-backfill:" in event.transaction_id]
    assert len(runaway) >= RUNAWAY_CALLS


def test_the_parts_of_the_input_add_up_to_nearly_all_of_it(events):
    known = [event for event in events if event.composition]
    parts = sum(event.composition.total() for event in known if event.composition)
    assert 0.95 < parts / sum(event.input_tokens for event in known) <= 1


@pytest.mark.parametrize("end", [datetime(2026, 3, 1, 5, tzinfo=UTC), datetime(2028, 2, 29, 23, tzinfo=UTC)])
def test_any_day_will_do_as_the_end(end):
    story = DemoStory(JUNIPER, end, months=1)
    events = list(demo_events(story))
    assert events
    assert [fault for event in events if (fault := find_fault(event))] == []
