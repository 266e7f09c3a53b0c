"""What a new version of a published list would change."""

from datetime import datetime, timedelta
from decimal import Decimal

from tests.usage.price_factories import at, catalogue, listed_model, listed_set
from usage.enums import ChargeKind
from usage.price_diff import PriceDiff, StoredModel, compare

NOW = at("2026-06-01T00:00")
LATER = at("2026-09-01T00:00")


def stored(model, *, source="genai-prices 1", is_placeholder=False):
    return {model.key: StoredModel(id=5, listed=model, is_placeholder=is_placeholder, latest_source=source)}


def difference(*published, ours=None, valid_from: datetime | None = None, withdraw=False) -> PriceDiff:
    return compare(
        catalogue=catalogue(*published, source="genai-prices 2"),
        models=ours or {},
        providers=(),
        based_on=1,
        now=NOW,
        valid_from=valid_from,
        withdraw_removed=withdraw,
    )


def test_an_unknown_model_is_new_with_its_history():
    model = listed_model(listed_set(input="2"), listed_set(valid_from=LATER, input="1"))
    diff = difference(model)
    assert diff.new == (model,)
    assert not diff.is_empty


def test_a_placeholder_becomes_a_new_model():
    model = listed_model(listed_set(input="2"))
    diff = difference(model, ours=stored(listed_model(match=None), is_placeholder=True))
    assert diff.new == (model,)


def test_the_same_prices_change_nothing():
    model = listed_model(listed_set(input="2.0"))
    diff = difference(model, ours=stored(listed_model(listed_set(input="2"))))
    assert diff.is_empty
    assert diff.unchanged == 1


def test_a_changed_price_is_valid_from_the_instant_of_applying():
    diff = difference(listed_model(listed_set(input="3")), ours=stored(listed_model(listed_set(input="2"))))
    [change] = diff.changed
    assert change.valid_from is None
    [unit_price] = change.unit_prices
    assert (unit_price.kind, unit_price.old, unit_price.new) == (
        ChargeKind.INPUT,
        Decimal("0.000002"),
        Decimal("0.000003"),
    )
    assert not change.is_jump


def test_a_changed_price_is_valid_from_a_given_instant():
    ours = stored(listed_model(listed_set(input="2")))
    diff = difference(listed_model(listed_set(input="3")), ours=ours, valid_from=LATER)
    assert [change.valid_from for change in diff.changed] == [LATER]


def test_a_price_dated_later_keeps_its_date_and_one_dated_earlier_does_not_reach_back():
    ours = stored(listed_model(listed_set(input="2")))
    published = listed_model(
        listed_set(input="2"),
        listed_set(valid_from=at("2026-05-01T00:00"), input="3"),
        listed_set(valid_from=LATER, input="4"),
    )
    diff = difference(published, ours=ours)
    assert [(change.valid_from, change.rows) for change in diff.changed] == [
        (None, published.sets[1].rows),
        (LATER, published.sets[2].rows),
    ]


def test_after_applying_a_dated_change_there_is_nothing_left():
    published = listed_model(listed_set(input="2"), listed_set(valid_from=LATER, input="4"))
    assert difference(published, ours=stored(published)).is_empty


def test_a_future_price_that_the_publisher_took_back_is_followed_by_the_right_one():
    ours = stored(listed_model(listed_set(input="2"), listed_set(valid_from=LATER, input="4")))
    published = listed_model(listed_set(input="2"))
    [change] = difference(published, ours=ours).changed
    assert change.valid_from == LATER + timedelta(microseconds=1)
    assert change.rows == published.sets[0].rows


def test_jumps_are_marked():
    ours = stored(listed_model(listed_set(input="2", output="10")))
    diff = difference(listed_model(listed_set(input="6", output="11")), ours=ours)
    assert [p.is_jump for p in diff.changed[0].unit_prices] == [True, False]
    assert diff.jumps == diff.changed
    cheaper = difference(listed_model(listed_set(input="0.5", output="10")), ours=ours)
    assert len(cheaper.jumps) == 1
    gone = difference(listed_model(listed_set(input="2")), ours=ours)
    assert len(gone.jumps) == 1


def test_a_new_context_threshold_is_a_change():
    ours = stored(listed_model(listed_set(input="2")))
    long_context = listed_set(input="4", context_threshold=200_000).rows
    published = listed_model(
        type(ours[("openai", "gpt-4o", "")].listed.sets[0])(
            valid_from=listed_set().valid_from, rows=(*listed_set(input="2").rows, *long_context)
        )
    )
    [change] = difference(published, ours=ours).changed
    assert [(p.context_threshold, p.old) for p in change.unit_prices] == [(200_000, None)]


def test_a_model_that_is_no_longer_listed_keeps_its_price_unless_asked():
    ours = stored(listed_model(listed_set(input="2")))
    kept = difference(ours=ours)
    assert kept.removed == (("openai", "gpt-4o", ""),)
    assert kept.is_empty
    [change] = difference(ours=ours, withdraw=True).changed
    assert change.is_withdrawal
    assert change.is_jump


def test_models_of_another_source_are_not_taken_for_removed():
    ours = stored(listed_model(listed_set(input="2")), source="entered by hand")
    assert difference(ours=ours, withdraw=True).removed == ()


def test_another_rule_is_shown_and_is_no_price_change():
    ours = stored(listed_model(listed_set(input="2")))
    published = listed_model(listed_set(input="2"), match={"starts_with": "gpt-4o"})
    diff = difference(published, ours=ours)
    assert diff.renamed == (published,)
    assert diff.changed == ()
    assert not diff.is_empty
