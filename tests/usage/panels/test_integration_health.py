"""Latencies of merged histograms, and what drove a spike."""

import pytest

from usage.latency import LOWER_BOUNDS_MS, latency_bucket
from usage.panels.integration_health import Driver, driver_of, latency_of, merged
from usage.panels.vocabulary import Dimension


def histogram(*durations):
    counts = [0] * 32
    for duration in durations:
        counts[latency_bucket(duration)] += 1
    return tuple(counts)


def test_percentiles_are_of_all_calls_together():
    """Nineteen quick hours and a slow one: the median is quick, which the mean of percentiles would not be."""
    quick, slow = histogram(*[100] * 19), histogram(*[5000] * 1)
    found = latency_of(merged((quick, slow)))
    assert found.calls == 20
    low = LOWER_BOUNDS_MS[latency_bucket(100)]
    # Half of 20 is the tenth of the nineteen in its step.
    assert found.p50_ms == pytest.approx(low * 2 ** (10 / 19 / 2))
    assert found.p95_ms == pytest.approx(low * 2 ** (19 / 19 / 2))
    assert latency_of(merged((quick, slow, slow))).p95_ms > 4000


def test_of_nothing_there_is_none():
    assert latency_of(merged(())) is None


def test_the_driver_has_the_largest_part_of_the_rise():
    model, feature = Dimension.MODEL, Dimension.FEATURE
    rise = {
        (model, "big"): (90, 280),
        (model, "small"): (30, 560),
        (feature, "chat"): (70, 420),
        (feature, "agents"): (50, 420),
    }
    # big: 90 - 10 = 80 of 90; chat: 70 - 15 = 55 of 90.
    assert driver_of(rise) == Driver(model, "big", 80 / 90)


def test_a_dimension_with_one_value_explains_nothing_unless_there_is_no_other():
    model, feature = Dimension.MODEL, Dimension.FEATURE
    only_model = {(model, "one"): (90, 0), (feature, "a"): (50, 0), (feature, "b"): (40, 0)}
    assert driver_of(only_model) == Driver(feature, "a", 50 / 90)
    assert driver_of({(model, "one"): (90, 0)}) == Driver(model, "one", 1.0)
    assert driver_of({(model, "one"): (0, 28)}) is None
    assert driver_of({}) is None
