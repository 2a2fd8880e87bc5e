"""Editing: a person writes a message anew before it goes, and somebody must say yes to that text.

The planned text stays in the content store and its hash in the frozen action. The new one has a
hash of its own, which the action's events carry from then on: what is listed, confirmed and sent is
the newest. The arrows are those of states.py: the action is blocked and planned again in one act,
so a yes to the former text is none to this one.
"""

from dataclasses import dataclass

from callsheet.desk.naming import action_named
from callsheet.dispatching.open_actions import CONTENT, OpenAction, Telling
from callsheet.errors import UsageInvalid
from callsheet.history import NewEvent, record
from callsheet.messages.message import Message
from callsheet.messages.rewritten import rewritten
from callsheet.planning.content import keep, read
from callsheet.settings import Settings
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState, Mode

TEXT_EDITED = "text_edited"
TEXT_RESTORED = "text_restored"
INSTEAD_OF = "instead_of_content"  # the hash of the text that stood before
_EDITABLE = (ActionState.PLANNED, ActionState.CONFIRMED)


@dataclass(frozen=True)
class Edit:
    """A message before and after."""

    action: OpenAction
    before: Message
    after: Message

    @property
    def asks_again(self) -> bool:
        """Say whether a yes was given to the text before: it is void now."""
        return self.action.state is ActionState.CONFIRMED


def text_of(tx: Transaction, settings: Settings, name: str) -> tuple[OpenAction, Message]:
    """Return the action named `name` and what it says now; UsageInvalid when it may not change."""
    action = action_named(tx, name)
    if action.mode is Mode.MANUAL or not action.content_hash:
        raise UsageInvalid(f"{action.action_id[:8]}: a person does it; there is no text to send")
    if action.state not in _EDITABLE:
        why = f" ({action.reason})" if action.reason else ""
        raise UsageInvalid(
            f"{action.action_id[:8]}: it is {action.state}{why} since {action.on_day}\n"
            "  do           edit a message while it waits to be confirmed or sent"
        )
    return action, read(settings.home, action.customer, action.content_hash)


def edit(
    tx: Transaction, settings: Settings, name: str, subject: str, text: str, *, seen: str = ""
) -> Edit:
    """Return what the action named `name` would say; nothing is recorded.

    `seen` is the content hash the writer began with: UsageInvalid when another stands by now.
    """
    action, before = text_of(tx, settings, name)
    short = action.action_id[:8]
    if seen and seen != action.content_hash:
        raise UsageInvalid(
            f"{short}: its text was changed by somebody else meanwhile\n"
            "  do           read it again, then edit it"
        )
    after = rewritten(before, subject, text)
    if (before.subject, before.text) == (after.subject, after.text):
        raise UsageInvalid(f"{short}: the text is the same; nothing was recorded")
    return Edit(action, before, after)


def undo(tx: Transaction, settings: Settings, name: str) -> Edit:
    """Return the way back to the text as it was planned, whatever was written since."""
    action, before = text_of(tx, settings, name)
    if action.content_hash == action.planned_content:
        raise UsageInvalid(f"{action.action_id[:8]}: it stands as it was planned")
    return Edit(action, before, read(settings.home, action.customer, action.planned_content))


def keep_edit(
    tx: Transaction, settings: Settings, edited: Edit, told: Telling, note: str = ""
) -> None:
    """Keep the new text beside the former one, and record who wrote it; Taken if it moved on."""
    action = edited.action
    content_hash = keep(settings.home, action.customer, edited.after)
    reason = TEXT_RESTORED if content_hash == action.planned_content else TEXT_EDITED
    detail = {CONTENT: content_hash, INSTEAD_OF: action.content_hash}
    if note:
        detail["note"] = note
    events: list[NewEvent] = [
        action.event(ActionState.BLOCKED, told, reason=reason),
        action.event(
            ActionState.PLANNED, told, reason=reason, detail=detail, after=1,
            before=ActionState.BLOCKED,
        ),
    ]  # fmt: skip
    record(tx, events)
