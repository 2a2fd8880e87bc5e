"""Which state of an action may follow which: the arrows of its life, and nothing else."""

from callsheet.vocabulary import ActionState as S

ARROWS: dict[S | None, frozenset[S]] = {
    None: frozenset({S.PLANNED, S.DONE}),  # done at once: a call a person tells us of, an opening
    # Rejected at once: nobody to send it to, no text, or a call that reached nobody.
    S.PLANNED: frozenset({S.CONFIRMED, S.BLOCKED, S.CANCELLED, S.DONE, S.SKIPPED, S.REJECTED}),
    S.CONFIRMED: frozenset({S.SENDING, S.BLOCKED, S.CANCELLED, S.REJECTED}),
    S.BLOCKED: frozenset({S.PLANNED, S.CANCELLED}),
    S.SENDING: frozenset({S.ACCEPTED, S.REJECTED, S.RETRY_WAIT, S.IN_DOUBT}),
    S.RETRY_WAIT: frozenset({S.SENDING, S.REJECTED, S.CANCELLED}),
    S.IN_DOUBT: frozenset(
        {S.ACCEPTED, S.RETRY_WAIT, S.DECLARED_SENT, S.RESEND_ORDERED, S.ABANDONED}
    ),
    # Accepted: the proof that the first one went came before the second one left.
    S.RESEND_ORDERED: frozenset({S.SENDING, S.CANCELLED, S.REJECTED, S.ACCEPTED}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.DELIVERY_FAILED}),
    S.DELIVERED: frozenset({S.DELIVERY_FAILED}),
    S.DECLARED_SENT: frozenset(),
    S.DELIVERY_FAILED: frozenset(),
    S.REJECTED: frozenset(),
    S.DONE: frozenset(),
    S.SKIPPED: frozenset(),
    S.ABANDONED: frozenset(),
    S.CANCELLED: frozenset(),
}


def may_follow(before: S | None, after: S) -> bool:
    """Say whether an action in state `before` (None: it does not exist yet) may become `after`."""
    return after in ARROWS[before]
