"""Thirty days are thirty days: over ends of months, leap days and changes of the clock (B071)."""

from datetime import date, timedelta

FIRST = date(2020, 1, 1)
TEN_YEARS = 3653  # days, with the leap days of 2020, 2024 and 2028
SETTINGS = {
    "unit": "customer_entity", "run_scope": "invoice", "on_scenario_change": "continue",
    "on_return": dict.fromkeys(("dispute", "specific_action", "hold", "insolvency"), "resume"),
    "leading_kinds": ["invoice"], "min_item": "0", "min_claim": "0", "min_gap_days": 1,
    "new_run_gap_days": 1, "days_after_issue": 0, "predue_gap_days": 0,
    "no_pre_due_payment_methods": [], "max_attempts": 3, "retry_days": 1, "blocked_days": 9999,
    "weekend": [6, 7], "holidays": [],
}  # fmt: skip


def owing_since(due):
    """A customer whose invoice fell due on a day; the one step comes thirty days later."""
    return {
        "today": str(due + timedelta(days=5)),
        "settings": SETTINGS,
        "customers": [
            {
                "id": "C1", "risk_class": "low", "nature": "private", "size": "M",
                "country": "FR", "payment_method": "transfer", "payer_profile": "good",
            }
        ],
        "rules": [{"order": 1, "when": "TRUE", "scenario": "STD"}],
        "scenarios": [{"id": "STD", "steps": [{"key": "later", "offset": 30}]}],
        "items": [
            {
                "id": "I1", "customer": "C1", "entity": "E1", "kind": "invoice",
                "currency": "EUR", "amount": "100.00", "open_amount": "100.00",
                "issue_date": str(due - timedelta(days=60)), "due_date": str(due),
            }
        ],
        "exclusions": [],
        "history": [],
    }  # fmt: skip


def test_b071_a_step_comes_so_many_days_after_the_due_date_whatever_the_month(decide_worlds):
    month_ends = [
        day
        for day in (FIRST + timedelta(days=n) for n in range(TEN_YEARS))
        if (day + timedelta(days=1)).day == 1 or (day.month, day.day) == (2, 28)
    ]

    decisions = decide_worlds([owing_since(due) for due in month_ends])

    assert len(month_ends) == 123  # with 28 February of the three leap years
    for due, (decided,) in zip(month_ends, decisions, strict=True):
        assert str(decided["due_on"]) == str(date.fromordinal(due.toordinal() + 30)), due
    january = month_ends.index(date(2024, 1, 31))
    assert str(decisions[january][0]["due_on"]) == "2024-03-01"
