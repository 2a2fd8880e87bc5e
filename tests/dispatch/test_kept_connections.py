"""Connections stay open from mail to mail and from batch to batch, but not for ever."""

import socket
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from aiosmtpd.controller import Controller

from callsheet import day
from callsheet.channels.envelope import Envelope
from callsheet.channels.smtp import SmtpRelay
from callsheet.dispatching.crew import Crews
from callsheet.messages.message import Message
from callsheet.settings import SmtpSettings

MAIL = Message(
    to_name="", to_address="compta@c1.example", from_name="", from_address="anne@atelier.example",
    reply_to="", subject="Relance", text="Bonjour", html="", attachments=(), language="fr",
)  # fmt: skip

# a relay that counts


class Relay:
    """Takes every mail, and counts its connections and what each carried."""

    def __init__(self, ends_after=None):
        self.ends_after, self.carried = ends_after, []

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name, session.number = hostname, len(self.carried)
        self.carried.append(0)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.carried[session.number] == self.ends_after:
            return "421 4.4.2 you were idle for too long"
        envelope.mail_from = address
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.carried[session.number] += 1
        return "250 queued"


@contextmanager
def listening(relay):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(relay, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield SmtpSettings(host="127.0.0.1", port=port, security="none", timeout_seconds=5)
    finally:
        controller.stop()


def states_of_mails(settings, count):
    with SmtpRelay(settings).sender() as sender:
        return [str(sender.send(attempt(n)).state) for n in range(1, count + 1)]


def attempt(number):
    day, moment = date(2026, 11, 16), datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    return Envelope("9f0c6a0e", number, "FR1", day, moment, "atelier.example", MAIL)


def test_a_connection_that_the_relay_ends_between_two_mails_is_opened_again():
    relay = Relay(ends_after=2)
    with listening(relay) as settings:
        assert states_of_mails(settings, 5) == ["accepted"] * 5
    assert relay.carried == [2, 2, 1]


def test_a_relay_that_ends_every_connection_at_once_is_asked_again_later():
    relay = Relay(ends_after=0)
    with listening(relay) as settings:
        assert states_of_mails(settings, 2) == ["retry_wait"] * 2
    assert relay.carried == [0, 0]


def test_a_connection_carries_a_hundred_mails():
    relay = Relay()
    with listening(relay) as settings:
        assert states_of_mails(settings, 201) == ["accepted"] * 201
    assert relay.carried == [100, 100, 1]


# from batch to batch


def test_batches_that_follow_each_other_go_over_the_same_connections(company_of):
    relay = Relay()
    customers = [f"C{n}" for n in range(1, 5)]
    with listening(relay) as settings:
        company = company_of(email="smtp", smtp=settings)
        company.settings = company.settings.model_copy(
            update={"sender_threads": 1, "batch_size": 2}
        )
        for customer in customers:
            company.customer(customer)
        company.pull()
        company.plan(*({"customer": customer, "step": "email-1"} for customer in customers))
        with day.sending(company.settings):
            batches = list(day.confirmed_batches(company.settings, company.as_of, company.now))
            for batch in batches:
                day.send_batch(company.settings, company.as_of, company.now, batch)

    assert [len(batch) for batch in batches] == [2, 2]
    assert set(company.states().values()) == {"accepted"}
    assert relay.carried == [4]


class Door:
    """A channel that counts what is open."""

    name = "door"

    def __init__(self):
        self.opened = self.closed = 0

    @contextmanager
    def sender(self):
        self.opened += 1
        try:
            yield object()
        finally:
            self.closed += 1


def used(crews, door, threads=2):
    with crews.crew(door, threads) as crew:
        return set(crew.each(id, threads))


def test_within_a_run_a_crew_keeps_its_connections_and_closes_them_at_the_end():
    crews, door = Crews(), Door()
    with crews.kept(), crews.kept():
        assert used(crews, door, threads=1) == used(crews, door, threads=1)
        assert (door.opened, door.closed) == (1, 0)
    assert door.closed == 1


def test_without_a_run_every_batch_closes_what_it_opened():
    crews, door = Crews(), Door()
    used(crews, door)
    used(crews, door)
    assert door.closed == door.opened >= 2


def test_batches_beside_each_other_share_no_connection():
    crews, door = Crews(), Door()
    with crews.kept():
        used(crews, door, threads=1)
        with crews.crew(door, 1) as one, crews.crew(door, 1) as other:
            assert list(one.each(id, 1)) != list(other.each(id, 1))
    assert (door.opened, door.closed) == (2, 2)


def test_a_crew_of_another_channel_or_size_is_another_crew():
    crews, door, other = Crews(), Door(), Door()
    with crews.kept():
        used(crews, door, threads=1)
        used(crews, other, threads=1)
        used(crews, door, threads=2)
        assert other.opened == 1
        assert door.opened >= 2


def test_after_an_error_its_connections_are_closed_and_not_used_again():
    crews, door = Crews(), Door()

    def fails(sender):
        raise OSError(f"{sender} broke")

    with crews.kept():
        with pytest.raises(OSError, match="broke"), crews.crew(door, 1) as crew:
            list(crew.each(fails, 1))
        assert (door.opened, door.closed) == (1, 1)
        used(crews, door, threads=1)
        assert door.opened == 2
