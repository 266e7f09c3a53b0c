"""Whoever follows a link of the documentation arrives."""

import re

import pytest

from tests.docs.pages import DOCS, PAGES, README, headings, prose

LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#]*)(?:#(?P<anchor>[^)]+))?\)")


def anchor(heading: str) -> str:
    """How GitHub and its like name a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in LINK.finditer(prose(page)):
        target = (page.parent / link["path"]) if link["path"] else page
        assert target.is_file(), link[0]
        if link["anchor"]:
            assert link["anchor"] in {anchor(heading) for heading in headings(target)}, link[0]


def test_every_page_is_found_from_the_readme():
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= set(
        re.findall(r"\]\(([^)#]+)", prose(README))
    )


def test_pictures_are_small():
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", prose(README)):
        assert (README.parent / picture).stat().st_size < 300_000
