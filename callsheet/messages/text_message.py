"""A text message before it is sent: in how many parts it goes, and whether a mobile gets it."""

import phonenumbers

from callsheet.messages.message import Message

# The alphabet of GSM 03.38: 7 bits a sign, those of the second table twice.
_PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("\f^{}\\[~]|€")
_PLAIN_ROOM, _WIDE_ROOM = (160, 153), (70, 67)  # alone, and as one part of several
_MOBILE = frozenset(
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)


def parts_needed(text: str) -> int:
    """Return in how many text messages `text` goes; a sign is never cut in two."""
    is_plain = all(sign in _PLAIN or sign in _TWICE for sign in text)
    alone, in_part = _PLAIN_ROOM if is_plain else _WIDE_ROOM
    sizes = [_plain_size(sign) if is_plain else _wide_size(sign) for sign in text]
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > in_part:
            parts, used = parts + 1, 0
        used += size
    return parts


def is_mobile(number: str) -> bool:
    """Say whether `number`, in its international form, may be a mobile's."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in _MOBILE


def text_message_notes(message: Message, most_parts: int) -> dict[str, str]:
    """Return what a person should know of a text message before it goes; nothing when all is well.

    A number is not repeated: the action's own text names it.
    """
    notes = {}
    needed = parts_needed(message.text.strip())
    if needed > most_parts:
        notes["sms_length"] = f"{needed} text messages, {most_parts} at most"
    if not is_mobile(message.to_address):
        notes["not_mobile"] = "the contact's number" if message.to_address else "no mobile number"
    return notes


def _plain_size(sign: str) -> int:
    return 2 if sign in _TWICE else 1


def _wide_size(sign: str) -> int:
    return 2 if ord(sign) > 0xFFFF else 1
