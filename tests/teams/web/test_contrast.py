"""Every colour of the web app can be told from the grounds that it stands on, in the light and in the dark."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[3] / "teams/static/web/tokens.css"
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS.read_text())
}
TEXTS = ("ink", "ink-2", "accent", "ok", "warning", "caution", "critical")
SERIES = tuple(name for name in PAIRS if name.startswith("series-"))


def luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str, theme: int) -> float:
    """The WCAG ratio of two colours of the vocabulary."""
    darker, lighter = sorted(luminance(PAIRS[name][theme]) for name in (first, second))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "paper-2", "accent-weak"])
@pytest.mark.parametrize("text", TEXTS)
def test_texts_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(text, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("drawn", [*SERIES, "field-line"])
def test_bars_and_borders_can_be_made_out(drawn: str, theme: int) -> None:
    assert contrast(drawn, "paper", theme) >= 3


def test_six_series_and_the_rest_have_a_colour() -> None:
    assert len(SERIES) == 7
    assert contrast("accent-ink", "accent", 0) >= 4.5
    assert contrast("accent-ink", "accent", 1) >= 4.5
