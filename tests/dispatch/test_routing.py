"""What carries which action, and what the sample environment never does."""

import pytest
from pydantic import SecretStr

from callsheet.dispatching.routing import is_channel_missing, provider_of
from callsheet.messages.addresses import AddressKey, is_usable_address
from callsheet.settings import Channels, SendgridSettings, Settings
from callsheet.vocabulary import ActionType


def settings(environment="production", **channels):
    return Settings(environment=environment, channels=Channels(**channels))


def test_in_the_sample_environment_no_mail_leaves_the_machine():
    for email in ("smtp", "sendgrid"):
        key = SendgridSettings(api_key=SecretStr("SG.k"))
        chosen = settings("sample", email=email, sendgrid=key)
        assert provider_of(ActionType.EMAIL, chosen) == "outbox"


def test_a_sendgrid_without_a_key_is_no_channel():
    assert is_channel_missing(ActionType.EMAIL, settings(email="sendgrid"))


def test_a_call_is_a_persons_work_and_no_missing_channel():
    assert provider_of(ActionType.PHONE, settings()) == "manual"
    assert not is_channel_missing(ActionType.PHONE, settings())


def test_a_text_message_without_a_provider_is_a_missing_channel():
    assert is_channel_missing(ActionType.SMS, settings())


@pytest.mark.parametrize(
    "address",
    [
        "", None, "a@b.example, x@y.example", "a@b.example;x@y.example", "a@b", "a b@c.example",
        "a@b.example\u200b", "аcme@b.example", "noreply@b.example", "Postmaster@b.example",
        "a@b@c.example", "a@b.example\nBcc: x@y.example", "<a@b.example>", '"a"@b.example',
    ],
)  # fmt: skip
def test_what_is_not_one_address_somebody_reads_is_not_used(address):
    assert not is_usable_address(address)


def test_the_same_address_has_the_same_hash_and_says_nothing(tmp_path):
    key = AddressKey.of(tmp_path)

    assert key.hash("Compta@C1.example ") == key.hash("compta@c1.example")
    assert "compta" not in key.hash("compta@c1.example")
    assert AddressKey.of(tmp_path) == key
    assert key.hash("a@b.example") != AddressKey(b"other").hash("a@b.example")
