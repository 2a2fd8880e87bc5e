"""What came of one attempt to send: proof that it went, proof that it did not, or a doubt."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from callsheet.vocabulary import ActionState

Proof = Mapping[str, str | int]
BOUNCED = "bounced"  # the address is no one's: another contact is written to in its place


@dataclass(frozen=True)
class SendOutcome:
    """The state that follows `sending`, why, and what proves it.

    `retry_after_seconds` is what the provider asked for. `stops_channel` says that the next
    message would meet the same fate: the rest of the batch waits for a later sweep.
    """

    state: ActionState
    reason: str = ""
    proof: Proof = field(default_factory=dict)
    retry_after_seconds: int = 0
    stops_channel: bool = False


def accepted(proof: Proof) -> SendOutcome:
    """The provider has taken the message; `proof` is its own word for it."""
    return SendOutcome(ActionState.ACCEPTED, proof=proof)


def rejected(reason: str, proof: Proof, *, stops_channel: bool = False) -> SendOutcome:
    """The provider has refused the message: it will not be delivered."""
    return SendOutcome(ActionState.REJECTED, reason, proof, stops_channel=stops_channel)


def not_sent(
    reason: str, proof: Proof, *, retry_after_seconds: int = 0, stops_channel: bool = False
) -> SendOutcome:
    """Nothing was accepted, it never left this machine or was put off: it may be tried again."""
    return SendOutcome(ActionState.RETRY_WAIT, reason, proof, retry_after_seconds, stops_channel)


def doubtful(reason: str, proof: Proof, *, stops_channel: bool = False) -> SendOutcome:
    """It may have been accepted, or not. Nobody sends it again without evidence or a person."""
    return SendOutcome(ActionState.IN_DOUBT, reason, proof, stops_channel=stops_channel)


def hushed(said: bytes, *secrets: str) -> bytes:
    """Return what a provider said without our secrets, should it repeat one, in Base64 as well."""
    for secret in filter(None, secrets):
        plain = secret.encode()
        for form in (base64.b64encode(plain), plain):
            said = said.replace(form, b"***")
    return said
