"""The trade's words, each meaning one thing, used by code, SQL, tables and screens alike."""

from enum import StrEnum


class ItemKind(StrEnum):
    """What an open item is. The kind decides its sign: see `DEBIT_KINDS` and `CREDIT_KINDS`."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    MISC = "misc"
    DRAFT = "draft"
    DOWN_PAYMENT_REQUEST = "down_payment_request"
    PENALTY = "penalty"


DEBIT_KINDS = frozenset(
    {ItemKind.INVOICE, ItemKind.DRAFT, ItemKind.DOWN_PAYMENT_REQUEST, ItemKind.PENALTY}
)
CREDIT_KINDS = frozenset({ItemKind.CREDIT_NOTE, ItemKind.PAYMENT})
# A misc item may be a debit or a credit.


class ActionType(StrEnum):
    """How a step is played: the channel of domain language."""

    PHONE = "phone"
    EMAIL = "email"
    INTERACTIVE_EMAIL = "interactive_email"
    INTERNAL_EMAIL = "internal_email"
    INTERNAL_INTERACTIVE_EMAIL = "internal_interactive_email"
    LETTER = "letter"
    REGISTERED_LETTER = "registered_letter"
    SMS = "sms"
    FAX = "fax"
    VISIT = "visit"
    COMMITTEE = "committee"
    LITIGATION = "litigation"


# What reaches somebody at the customer the day it is played: a public holiday there may count.
TO_THE_CUSTOMER = frozenset(
    {
        ActionType.PHONE,
        ActionType.SMS,
        ActionType.VISIT,
        ActionType.EMAIL,
        ActionType.INTERACTIVE_EMAIL,
    }
)


class Mode(StrEnum):
    """Who sends: the system, the system after a person's yes, or a person."""

    AUTOMATIC = "automatic"
    TO_CONFIRM = "to_confirm"
    MANUAL = "manual"


class Origin(StrEnum):
    """Why an action exists: a step of the scenario, a specific action, or a one-off."""

    SCENARIO = "scenario"
    SPECIFIC = "specific"
    MANUAL = "manual"


class ExclusionKind(StrEnum):
    """What takes an item out of the scenario."""

    DISPUTE = "dispute"
    SPECIFIC_ACTION = "specific_action"
    HOLD = "hold"
    INSOLVENCY = "insolvency"


class ActionState(StrEnum):
    """The life of an action; `states.ARROWS` says which may follow which."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    BLOCKED = "blocked"
    SENDING = "sending"
    RETRY_WAIT = "retry_wait"
    IN_DOUBT = "in_doubt"
    RESEND_ORDERED = "resend_ordered"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    REJECTED = "rejected"
    DECLARED_SENT = "declared_sent"
    DONE = "done"
    SKIPPED = "skipped"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"


class Progress(StrEnum):
    """What the decision reads of an action's state (data model, "What the decision reads")."""

    PROPOSED = "proposed"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


PROGRESS_OF_STATE: dict[ActionState, Progress] = {
    ActionState.PLANNED: Progress.PROPOSED,
    ActionState.CONFIRMED: Progress.PROPOSED,
    ActionState.BLOCKED: Progress.PROPOSED,
    ActionState.SENDING: Progress.PROPOSED,
    ActionState.RETRY_WAIT: Progress.PROPOSED,
    ActionState.IN_DOUBT: Progress.PROPOSED,
    ActionState.RESEND_ORDERED: Progress.PROPOSED,
    ActionState.ACCEPTED: Progress.DONE,
    ActionState.DELIVERED: Progress.DONE,
    ActionState.DECLARED_SENT: Progress.DONE,
    ActionState.DONE: Progress.DONE,
    ActionState.SKIPPED: Progress.SKIPPED,
    ActionState.ABANDONED: Progress.SKIPPED,
    ActionState.REJECTED: Progress.FAILED,
    ActionState.DELIVERY_FAILED: Progress.FAILED,
    ActionState.CANCELLED: Progress.CANCELLED,
}

# Failures that a second attempt cannot change (R10).
PERMANENT_FAILURES = frozenset({"no_contact", "unknown_address", "no_channel", "suppressed"})


class Outcome(StrEnum):
    """What was decided for an account on a day."""

    ACT = "act"
    WAIT = "wait"
    PENDING = "pending"
    HOLD = "hold"
    BLOCKED = "blocked"
    FINISHED = "finished"
    NONE = "none"
