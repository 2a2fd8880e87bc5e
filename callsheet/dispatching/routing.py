"""What carries each action type: the settings' choice, or a person when nothing is configured."""

from typing import Literal

from callsheet.settings import Settings
from callsheet.vocabulary import ActionType

Provider = Literal["outbox", "smtp", "sendgrid", "post", "manual", "sink"]

MAILS = frozenset(
    {
        ActionType.EMAIL,
        ActionType.INTERACTIVE_EMAIL,
        ActionType.INTERNAL_EMAIL,
        ActionType.INTERNAL_INTERACTIVE_EMAIL,
    }
)
LETTERS = frozenset({ActionType.LETTER, ActionType.REGISTERED_LETTER})
# Carried by the system when a channel is configured; every other type is a person's work.
MESSAGES = MAILS | LETTERS | {ActionType.SMS, ActionType.FAX}

SAMPLE = "sample"  # the environment that never leaves the house


def provider_of(channel: ActionType, settings: Settings) -> Provider:
    """Return what carries `channel`; `manual` when a person does it, or nothing is configured."""
    if channel in MAILS:
        return _mail_provider(settings)
    if channel is ActionType.LETTER:
        return "post" if settings.channels.letter == "outbox" else "manual"
    if channel is ActionType.REGISTERED_LETTER:
        return "post" if settings.channels.registered_letter == "outbox" else "manual"
    return "manual"


def is_channel_missing(channel: ActionType, settings: Settings) -> bool:
    """Say whether the system would carry `channel` if only it were configured."""
    return channel in MESSAGES and provider_of(channel, settings) == "manual"


def _mail_provider(settings: Settings) -> Provider:
    chosen = settings.channels.email
    if chosen == "manual":
        return "manual"
    if settings.environment == SAMPLE or chosen == "outbox":
        return "outbox"
    if chosen == "sendgrid":
        return "sendgrid" if settings.channels.sendgrid.api_key.get_secret_value() else "manual"
    return "smtp" if settings.channels.smtp.host else "manual"
