"""Figures on the heat map's colours can be read, in the light and in the dark, and the steps told apart."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.teams.web.test_contrast import luminance

CSS = (Path(__file__).resolve().parents[3] / "usage/static/usage/panels.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--(heat-[\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)
}
RULES = re.findall(r"\.heat-([1-5]) \{ background: var\(--(heat-\d)\); color: var\(--([\w-]+)\); \}", CSS)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_step_has_a_figure_that_can_be_read(theme: int) -> None:
    assert [step for step, _ground, _text in RULES] == ["1", "2", "3", "4", "5"]
    for _step, ground, text in RULES:
        darker, lighter = sorted(luminance(COLOURS[name][theme]) for name in (ground, text))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, ground


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_more_is_further_from_the_paper(theme: int) -> None:
    steps = [luminance(COLOURS[ground][theme]) for _step, ground, _text in RULES]
    assert all((second < first) is (theme == 0) for first, second in pairwise(steps))
