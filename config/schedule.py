"""What the worker does by itself, and when (UTC)."""

from datetime import timedelta
from typing import Any, Final

from celery.schedules import crontab

SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "keep-months-open": {"task": "usage.tasks.keep_months_open", "schedule": crontab(hour="0", minute="10")},
    "sweep-sightings": {
        "task": "usage.tasks.sweep_sightings",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 900},
    },
    "sum-up-months": {
        "task": "usage.tasks.sum_up_months",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "mark-chats": {
        "task": "usage.tasks.mark_chats",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "work-on-usage-files": {
        "task": "usage.tasks.work_on_usage_files",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "forget-usage-files": {
        "task": "usage.tasks.forget_usage_files",
        "schedule": crontab(hour="0", minute="40"),
    },
    "alert-quarantine": {
        "task": "usage.tasks.alert_quarantine",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    # A worker that was away finds one such job, not one for every time it missed.
    "evaluate-budgets": {
        "task": "billing.tasks.evaluate_budgets",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "review-quarantine": {
        "task": "usage.tasks.review_quarantine",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "work-on-reratings": {
        "task": "usage.tasks.work_on_reratings",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "alert-unpriced": {
        "task": "usage.tasks.alert_unpriced",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "look-at-all-budgets": {"task": "billing.tasks.look_at_all", "schedule": crontab(minute="20")},
    # After midnight of the first in the last zone, with hours for what clients still hold back. Drafts for people to
    # look at: nothing is finalized or sent by itself.
    "close-months": {"task": "billing.tasks.close_months", "schedule": crontab(hour="18", minute="30")},
    "render-invoices": {
        "task": "billing.tasks.render_invoices",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    # From noon on, when the day is over in every zone; in between it finds nothing to do.
    "verify-ledger": {
        "task": "billing.tasks.verify_ledger",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "fix-rates": {"task": "billing.tasks.fix_rates", "schedule": crontab(minute="25")},
    "deliver-outbox": {
        "task": "teams.tasks.deliver_outbox",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
}
