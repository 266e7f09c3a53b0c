"""The shape of data health's answer. Days of receipt are UTC days; money is US dollars as decimal strings."""

from typing import Any

from rest_framework import serializers

from billing.api.overview_serializers import MoneyField
from teams.enums import KeyScope, Role
from usage.enums import EventSource
from usage.health import KeyState
from usage.health_findings import FindingKind, Severity


class CountsSerializer(serializers.Serializer[Any]):
    """`received` = `stored` + `duplicate` + `conflict` + `quarantined` + `invalid`; the rest is part of `stored`."""

    received = serializers.IntegerField()
    stored = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    conflict = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    invalid = serializers.IntegerField()
    late = serializers.IntegerField(help_text="Their month had been invoiced: they go on the next invoice.")
    unattributed = serializers.IntegerField(help_text="They named no member.")
    unpriced = serializers.IntegerField(help_text="No price was found when they were stored.")


class DoorSerializer(serializers.Serializer[Any]):
    """The way that events came in: a source and, for the API, the key."""

    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=EventSource.choices, source="door.source"
    )
    key_name = serializers.CharField(source="door.key_name", help_text="Empty where no key was needed.")
    key_prefix = serializers.CharField(source="door.key_prefix")


class ReceiptSerializer(DoorSerializer):
    day = serializers.DateField(help_text="The UTC day of receipt.")
    counts = CountsSerializer()
    last_received_at = serializers.DateTimeField()
    last_occurred_at = serializers.DateTimeField(allow_null=True, help_text="Of what was stored.")


class HealthKeySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=KeyScope.choices))
    state = serializers.ChoiceField(
        choices=[state.value for state in KeyState],
        help_text=(
            "Silent: it sent every day and nothing came for 24 hours, or nothing came for three times its usual gap."
        ),
    )
    last_received_at = serializers.DateTimeField(allow_null=True, help_text="Over all time.")
    last_occurred_at = serializers.DateTimeField(allow_null=True)
    last_used_on = serializers.SerializerMethodField(
        help_text="The UTC day of its last request, reading too."
    )

    def get_last_used_on(self, key: Any) -> str | None:
        return f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else None


class SightedEventSerializer(serializers.Serializer[Any]):
    """One report of the call. To take it back, void its `transaction_id`."""

    transaction_id = serializers.CharField()
    source = serializers.ChoiceField(choices=EventSource.choices)  # type: ignore[assignment]
    key_name = serializers.CharField()
    key_prefix = serializers.CharField()
    received_at = serializers.DateTimeField()
    occurred_at = serializers.DateTimeField()
    tokens = serializers.IntegerField()
    contracted_cost = MoneyField(allow_null=True)
    is_voided = serializers.BooleanField()


class SightedCallSerializer(serializers.Serializer[Any]):
    provider_name = serializers.CharField()
    response_id = serializers.CharField()
    member = serializers.CharField(help_text="Of the first report; empty where it named none.")
    local_date = serializers.DateField(help_text="The organization's day on which the first report counts.")
    doubled_tokens = serializers.IntegerField()
    doubled_cost = MoneyField(help_text="At least this much where `doubled_unpriced` is not 0.")
    doubled_unpriced = serializers.IntegerField()
    events = SightedEventSerializer(many=True)


class DoubleSightingsSerializer(serializers.Serializer[Any]):
    """Calls last reported on the days shown. The doubled measures are what counts twice."""

    count = serializers.IntegerField()
    doubled_tokens = serializers.IntegerField()
    doubled_cost = MoneyField()
    doubled_unpriced = serializers.IntegerField()
    calls = SightedCallSerializer(many=True, help_text="The latest 100.")


class FindingSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in FindingKind])
    severity = serializers.ChoiceField(choices=[severity.value for severity in Severity])
    count = serializers.IntegerField()
    title = serializers.CharField(help_text="In the language of the request.")
    meaning = serializers.CharField()
    advice = serializers.CharField(help_text="What to do.")


class SpanSerializer(serializers.Serializer[Any]):
    department = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class MemberHistorySerializer(serializers.Serializer[Any]):
    external_id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    left_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.CharField(help_text="Empty unless the entry was merged into another one.")
    spans = SpanSerializer(many=True, help_text="Departments, the latest first.")


class SharedUseSerializer(serializers.Serializer[Any]):
    """Usage without a member, by organization days."""

    kind = serializers.ChoiceField(choices=["project", "integration", "key"])
    external_id = serializers.CharField()
    name = serializers.CharField()
    calls = serializers.IntegerField(source="measures.calls")
    total_tokens = serializers.IntegerField(source="measures.total_tokens")
    contracted_cost = MoneyField(source="measures.contracted_cost")
    unpriced_events = serializers.IntegerField(source="measures.unpriced_events")


class BillingLinkSerializer(serializers.Serializer[Any]):
    twin_of = serializers.CharField(help_text="Of a test twin, which is never billed; else empty.")
    legal_name = serializers.CharField()
    issuer = serializers.CharField()
    plan = serializers.CharField(help_text="This month's.")
    currency = serializers.CharField()
    contacts = serializers.ListField(child=serializers.CharField())


class RightSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    is_granted = serializers.BooleanField()


class TeamHealthSerializer(serializers.Serializer[Any]):
    members = MemberHistorySerializer(many=True, source="health.members", help_text="At most 20.")
    shared = SharedUseSerializer(many=True, source="health.shared")
    billing = BillingLinkSerializer(allow_null=True, help_text="For those who may see invoices.")
    rights = RightSerializer(many=True, help_text="What the asker may see and do.")


class DataHealthSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(source="health.as_of")
    time_zone = serializers.CharField(
        default="UTC", read_only=True, help_text="Days of receipt are UTC days."
    )
    first_day = serializers.DateField(source="health.days.first")
    last_day = serializers.DateField(source="health.days.last")
    totals = CountsSerializer(source="health.totals")
    receipts = ReceiptSerializer(
        many=True, source="health.receipts", help_text="Per day and door, the latest first."
    )
    waiting = serializers.IntegerField(source="health.waiting", help_text="In quarantine now, of all time.")
    waiting_conflicts = serializers.IntegerField(source="health.waiting_conflicts")
    keys = HealthKeySerializer(many=True, source="health.keys")
    sightings = DoubleSightingsSerializer(source="health.sightings")
    sightings_as_of = serializers.DateTimeField(
        source="health.sightings.as_of", allow_null=True, help_text="How far calls were looked through."
    )
    findings = FindingSerializer(many=True, source="health.findings")
    team = TeamHealthSerializer()
