"""Runs the product's own upkeep of a ledger, which its worker would have done by now; prints what it did."""

import json

import django


def upkeep() -> dict[str, int]:
    """What lists and panels rely on to be fast."""
    from usage.services.month_sums import keep_all_month_sums
    from usage.services.quiet_chats import mark_quiet_chats

    return {"quiet_chats": mark_quiet_chats(), "months": keep_all_month_sums()}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(upkeep()))
