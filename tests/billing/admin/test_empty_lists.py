"""A list that nobody adds to by hand says, while it is empty, what will appear in it and how."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("ledgercheck", "manage.py verify_ledger"),
        ("quarantinereview", "quarantine and conflicts"),
        ("rerating", "usage without a price"),
    ],
)
def test_an_empty_list_says_what_will_be_here(staff: Client, model: str, words: str) -> None:
    page = staff.get(f"/admin/usage/{model}/").content.decode()
    assert "Nothing here yet" in page and words in page
    assert "Create a new item" not in page
