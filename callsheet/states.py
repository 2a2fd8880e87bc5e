"""Which state of an action may follow which, and when it does: the arrows of its life.

The code refuses every other one; the diagram in docs/life-of-an-action.md is made of this table.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from callsheet.vocabulary import ActionState as S

ARROWS: Mapping[S | None, Mapping[S, str]] = MappingProxyType(
    {
        None: {
            S.PLANNED: "a step falls due",
            S.DONE: "a call a person tells us of, or played by a former tool",
        },
        S.PLANNED: {
            S.CONFIRMED: "a person says yes; of automatic steps the policy",
            S.BLOCKED: "held back for a while: doubt, quarantine, pause, breaker",
            S.CANCELLED: "withdrawn by the decision, or dropped from a list",
            S.DONE: "a person did it",
            S.SKIPPED: "a person leaves it out",
            S.REJECTED: "nobody to send it to, no text, or a call that reached nobody",
        },
        S.CONFIRMED: {
            S.SENDING: "claimed: the last look found nothing",
            S.BLOCKED: "held back for a while: doubt, another mail that day",
            S.CANCELLED: "the last look: paid, disputed, promise, hold, suppressed, changed",
            S.REJECTED: "its text is gone, or no header may hold it",
        },
        S.BLOCKED: {
            S.PLANNED: "what held it back is over",
            S.CANCELLED: "withdrawn by the decision",
        },
        S.SENDING: {
            S.ACCEPTED: "the provider's proof that it has it",
            S.REJECTED: "the provider's proof that it refuses it",
            S.RETRY_WAIT: "nothing left this machine, or the provider puts it off",
            S.IN_DOUBT: "anything else, or the sender died",
        },
        S.RETRY_WAIT: {
            S.SENDING: "claimed again",
            S.REJECTED: "five attempts in vain, or its text is gone",
            S.CANCELLED: "the last look: changed, or taken back by the decision",
        },
        S.IN_DOUBT: {
            S.ACCEPTED: "evidence that it went",
            S.RETRY_WAIT: "the provider's proof that it did not",
            S.DECLARED_SENT: "a person says it went",
            S.RESEND_ORDERED: "a person says it did not",
            S.ABANDONED: "a person gives it up",
        },
        S.RESEND_ORDERED: {
            S.SENDING: "claimed again",
            S.ACCEPTED: "evidence that the first one went, before the second left",
            S.CANCELLED: "the last look: changed, or taken back by the decision",
            S.REJECTED: "its text is gone",
        },
        S.ACCEPTED: {
            S.DELIVERED: "the provider tells so",
            S.DELIVERY_FAILED: "it came back, or was dropped",
        },
        S.DELIVERED: {S.DELIVERY_FAILED: "a late bounce"},
        S.DECLARED_SENT: {},
        S.DELIVERY_FAILED: {},
        S.REJECTED: {},
        S.DONE: {},
        S.SKIPPED: {},
        S.ABANDONED: {},
        S.CANCELLED: {},
    }
)


def may_follow(before: S | None, after: S) -> bool:
    """Say whether an action in state `before` (None: it does not exist yet) may become `after`."""
    return after in ARROWS[before]


def diagram() -> str:
    """Return the arrows as a Mermaid state diagram; a final state leads to the end."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines())])


def table() -> str:
    """Return the arrows as a Markdown table: from, to, when."""
    rows = [
        f"| {before or '(new)'} | {after} | {when} |"
        for before, arrows in ARROWS.items()
        for after, when in arrows.items()
    ]
    return "\n".join(["| from | to | when |", "|---|---|---|", *rows])


def _lines() -> Iterator[str]:
    for before, arrows in ARROWS.items():
        for after in arrows:
            yield f"{before or '[*]'} --> {after}"
        if not arrows:
            yield f"{before} --> [*]"
