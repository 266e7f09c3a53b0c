"""Everything that a customer reads on invoices and their e-mails is there in German."""

from django.utils import translation

from config.translations import LOCALE_DIR, collect_messages, read_catalogue
from usage.enums import ChargeKind

SOURCES = (
    "billing/invoice_paper.py",
    "billing/paper_",
    "billing/services/invoice_mail.py",
    "billing/templates/billing/invoice/",
    "billing/templates/mail/invoice.",
)


def test_every_word_has_its_german():
    catalogue = read_catalogue(LOCALE_DIR / "de/LC_MESSAGES/django.po")
    shown = [
        message
        for message in collect_messages(("billing",))
        if message.id and any(place.startswith(SOURCES) for place, _line in message.locations)
    ]
    assert len(shown) > 60
    missing = []
    for message in shown:
        known = catalogue.get(message.id, message.context)
        if known is None or not known.string or not all(known.string):
            missing.append(message.id)
    assert not missing


def test_every_kind_of_usage_has_its_german():
    with translation.override("de"):
        german = {kind: str(kind.label) for kind in ChargeKind}
    # "Reasoning" is what German-speaking users call it, too.
    assert [kind for kind in ChargeKind if german[kind] == str(kind.label)] == [ChargeKind.REASONING]
