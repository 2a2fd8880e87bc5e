"""An answer that comes when its attempt has been given up as a doubt: it closes it as evidence.

It happens when a dispatcher was stopped for so long that another one took over: the attempt was
marked as a doubt meanwhile, and then the provider's answer is read after all.
"""

from collections.abc import Sequence

from callsheet.dispatching.open_actions import OpenAction, Telling
from callsheet.history import NewEvent
from callsheet.vocabulary import ActionState as S

EVIDENCE = "the provider's answer came after all"


def closing(action: OpenAction, answer: NewEvent) -> Sequence[NewEvent]:
    """Return the events by which `answer`, of the attempt in doubt, closes it; none if it cannot.

    A refusal proves that nothing went: the action may be tried again, or is refused. Of a formal
    notice only proof that it went closes a doubt; all else is for a person.
    """
    if action.state is not S.IN_DOUBT or action.attempt != answer.detail.get("attempt"):
        return ()
    told = Telling(answer.on_day, answer.happened_at, answer.author)
    detail = {**answer.detail, "evidence": EVIDENCE}
    if answer.state == S.ACCEPTED:
        return [action.event(S.ACCEPTED, told, detail=detail)]
    if action.legal or answer.state not in {S.RETRY_WAIT, S.REJECTED}:
        return ()
    not_sent = action.event(S.RETRY_WAIT, told, reason=answer.reason, detail=detail)
    if answer.state == S.RETRY_WAIT:
        return [not_sent]
    refused = action.event(
        S.REJECTED, told, reason=answer.reason, detail=detail, after=1, before=S.RETRY_WAIT
    )
    return [not_sent, refused]
