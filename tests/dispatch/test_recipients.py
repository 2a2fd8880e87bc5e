"""Who may be written to, and who must not: the bad inputs of the recipient, one by one."""

import email
from email import policy

import pytest

from callsheet.messages.addresses import AddressKey
from callsheet.planning.recipients import AddressBook
from callsheet.reading.sheet_exceptions import exceptions_on
from callsheet.vocabulary import Mode

EMAIL = {"customer": "C1", "step": "email-1"}


def contacted(company, address, *, letters=False, **more):
    """One customer with one contact, whose step is planned and dispatched; their state."""
    company.customer("C1", email=address)
    if more:
        company.tables["contacts"][-1] |= more
    if not letters:
        company.tables["addresses"].clear()
    company.pull()
    company.plan(EMAIL)
    company.dispatch()
    return company.states()["C1 email-1"]


def test_b073_without_an_address_the_step_is_not_done_and_stands_among_the_exceptions(company):
    assert contacted(company, "") == "rejected no_contact"

    with company.warehouse.reading() as tx:
        [line] = [action for action in company.actions() if action.customer == "C1"]
        codes = [
            one.code
            for one in exceptions_on(tx, company.settings, company.as_of, None,
                                     lines=[line], decided=[])
        ]  # fmt: skip
    assert "no_contact" in codes


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("a@b.example, x@y.example", "multi_recipient"),  # B074
        ("a@b.example;x@y.example", "multi_recipient"),
        ("a@b.example\u200b", "address_unicode"),  # B077
        ("compta@\u0430cme.example", "address_unicode"),
        ("test@example.com", "recipient_policy"),  # B080
        ("quelqu.un@mail.example.org", "recipient_policy"),
        ("a@b.test", "recipient_policy"),
        ("a@somewhere.invalid", "recipient_policy"),
        ("noreply@client.example", "recipient_policy"),
        ("PostMaster@client.example", "recipient_policy"),
        ("anne@atelier.example", "recipient_policy"),
        ("Anne@ATELIER.example", "recipient_policy"),
        ('"x" <a@b.example>', "address_format"),
    ],
)
def test_an_address_that_must_not_be_written_to_is_refused_with_its_reason(company, address, code):
    assert contacted(company, address) == f"rejected {code}"
    assert company.outbox() == []


def test_a_second_contact_is_written_to_when_the_first_must_not_be(company):
    company.customer("C1", email="noreply@client.example")
    company.add("contacts", contact="K-2", customer="C1", role="accounting", name="Deux",
                email="deux@client.example")  # fmt: skip
    company.pull()
    company.plan(EMAIL)
    company.dispatch()

    [mail] = company.outbox()
    assert b"deux@client.example" in mail.read_bytes()


def test_b083_a_suppressed_address_is_not_written_to_and_a_letter_goes_instead(company):
    company.customer("C1")
    company.pull()
    with company.warehouse.reading() as tx:
        con = tx.duckdb()
        key = AddressKey.of(company.settings.home)
        con.execute(
            "create temp table contacts as select 'K' as contact, 'C1' as customer,"
            " 'A' as name, 'compta@c1.example' as email, '' as role, true as is_collection"
        )
        for table in ("entities", "colleagues"):
            con.execute(f"create temp table {table} as select '' as sender_email, '' as reply_to,"
                        " '' as email")  # fmt: skip
        dead = frozenset({key.hash("Compta@C1.example")})
        book = AddressBook.of(con, ["C1"], key, dead)
    assert book.customers_contact("C1") == (None, "suppressed")


@pytest.mark.parametrize("sign", ["\u2028", "\x00", "\x85", "\r\nBcc: x@y.example"])
def test_b076_a_subject_with_a_sign_that_ends_a_line_never_leaves(company, sign):
    company.customer("C1")
    company.tables["open_items"][-1]["number"] = f"F{sign}1"
    company.pull()
    company.plan(EMAIL)
    company.dispatch()

    for place in company.outbox():
        mail = email.message_from_bytes(place.read_bytes(), policy=policy.default)
        assert mail["bcc"] is None
        assert len(mail["subject"].splitlines()) == 1
    if sign == "\x00":
        assert company.states() == {"C1 email-1": "rejected control_char"}


@pytest.mark.parametrize(
    "name",
    [
        '"ACME, evil@x.example" <a@b.example>',
        "ACME, evil@x.example",
        "evil@x.example>, <two@x.example",
        '\\", evil@x.example',
        "=?utf-8?q?evil=40x.example=2C?= x",
        "Anne (evil@x.example)",
        "undisclosed-recipients:;",
    ],
)
def test_b079_a_tricky_name_leaves_exactly_one_recipient(company, name):
    assert contacted(company, "compta@c1.example", name=name) == "accepted"

    [place] = company.outbox()
    mail = email.message_from_bytes(place.read_bytes(), policy=policy.default)
    assert [one.addr_spec for one in mail["to"].addresses] == ["compta@c1.example"]
    assert mail["cc"] is mail["bcc"] is None


def test_b082_an_address_that_is_another_customers_by_now_receives_nothing(company_of_engine):
    company = company_of_engine
    company.customer("C1")
    company.customer("C2")
    company.pull()
    company.plan(EMAIL)
    company.tables["contacts"][0]["customer"] = "C2"
    company.pull()
    company.dispatch()

    assert company.states() == {"C1 email-1": "cancelled recipient_mismatch"}
    assert company.outbox() == []


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("06 12 34 56 78", "+33 6 12 34 56 78"),  # B085: with the customer's country
        ("0033612345678", "+33 6 12 34 56 78"),
        ("+33 6 12 34 56 78", "+33 6 12 34 56 78"),
        ("+882 16 12 34 567", None),  # B086: satellites, premium, another country
        ("0899 10 20 30", None),
        ("+1 900 555 0123", None),
        ("+44 20 7946 0958", None),
    ],
)
def test_a_number_is_shown_as_every_network_reads_it_or_not_at_all(company, number, shown):
    company.customer("C1")
    company.tables["contacts"][-1] |= {"phone": number, "mobile": number}
    company.pull()
    company.plan({"customer": "C1", "step": "phone-1"})

    [action] = company.actions()
    assert action.mode is Mode.MANUAL
    assert action.detail.get("number_policy") == (None if shown else "not shown")
    assert told_number(company, action) == (shown or "")


def test_a_foreign_number_is_dialled_when_the_settings_allow_its_country(company):
    company.settings = company.settings.model_copy(update={"phone_countries": ("GB",)})
    company.customer("C1")
    company.tables["contacts"][-1]["phone"] = "+44 20 7946 0958"
    company.pull()
    company.plan({"customer": "C1", "step": "phone-1"})

    [action] = company.actions()
    assert told_number(company, action) == "+44 20 7946 0958"


@pytest.mark.parametrize(("nature", "has_fee"), [
    ("private", True), ("public", True), ("consumer", False), ("", False), (None, False),
])  # fmt: skip
def test_b088_a_consumer_and_an_unknown_type_read_nothing_of_business_penalties(
    company, nature, has_fee
):
    company.customer("C1")
    company.tables["customers"][-1]["nature"] = nature
    company.pull()
    company.plan({"customer": "C1", "step": "email-3"})

    [action] = company.actions()
    text = written(company, action).text
    assert ("40" in text.replace("40200", "")) is has_fee or "L441-10" not in text
    assert ("indemnité" in text) is has_fee


@pytest.mark.parametrize("nature", ["consumer", "", None, "private"])
def test_b088_the_hours_of_a_consumer_are_everybodys_working_days_in_the_window(company, nature):
    """The window is the strict one for all: half past eight to six, on open days."""
    company.customer("C1")
    company.tables["customers"][-1]["nature"] = nature
    company.pull()
    company.plan(EMAIL)
    morning, company.now = company.now, company.now.replace(hour=19)

    assert not company.dispatch().sent
    company.now = morning
    assert company.dispatch().sent == {"accepted": 1}


def written(company, action):
    from callsheet.planning.content import read

    return read(company.settings.home, action.customer, action.content_hash)


def told_number(company, action):
    return written(company, action).to_address
