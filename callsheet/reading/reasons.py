"""Every code that tells why, with its sentence: the one closed table of reasons.

A sentence follows a subject ("the account", "the message") and ends without a full stop. A code
that is not here is a fault of the program: `sentence` says so rather than guess.
"""

import re
from collections.abc import Mapping
from functools import cache

DECISIONS: Mapping[str, str] = {
    "act": "a step is due and is played today",
    "pending": "a step has been proposed and waits for a person",
    "finished": "no step is left: a person decides what comes next",
    "no_scenario": "no scenario is assigned and no rule assigns one",
    "empty_scenario": "its scenario has no steps, on purpose",
    "nothing_open": "nothing is open that could be chased",
    "insolvency": "an insolvency stops every message",
    "on_hold": "a hold stops every message",
    "litigation": "what is due is in litigation: every message stops",
    "disputed": "what is due is disputed",
    "specific_action": "what is due is under a specific action, such as a promise to pay",
    "below_minimum": "what could be claimed is below the minimum",
    "no_due_date": "what is open has no due date",
    "covered_by_credits": "its credits cover what is due: they are to be allocated first",
    "credits_to_allocate": "a legal step waits until its credits are allocated",
    "delivery_failed": "the last attempts to reach the customer failed",
    "not_yet": "its next step is not due yet",
    "closed_day": "its next step is due, but its day is closed",
}

STATES: Mapping[str, str] = {
    "planned": "is planned and not confirmed",
    "confirmed": "is confirmed and will leave in the next sending window",
    "blocked": "is held back for a while",
    "sending": "is being sent",
    "retry_wait": "did not leave and is tried again",
    "in_doubt": "may have been sent or not: a person or a proof must tell",
    "resend_ordered": "is to be sent again, a person has said so",
    "accepted": "was sent: the provider took it",
    "delivered": "was delivered",
    "delivery_failed": "was sent but came back",
    "rejected": "was refused: it was not delivered",
    "declared_sent": "counts as sent, a person has said so",
    "done": "was done",
    "skipped": "was left out by a person",
    "abandoned": "was given up by a person",
    "cancelled": "was withdrawn before it left",
}

# Why a proposed action was withdrawn, or stopped just before it was sent.
WITHDRAWALS: Mapping[str, str] = {
    "withdrawn": "it is no longer what is decided for the account",
    "moved": "another step is due now",
    "leader_changed": "another item leads now",
    "paid": "what it claims has been paid",
    "promise": "the customer has promised to pay",
    "hold": "a hold has been put on the customer",
    "suppressed": "the address has refused messages for good",
    "recipient_mismatch": "its address is another customer's now",
    "payload_changed": "what the message says is no longer true",
    "plan_stale": "its plan no longer stands: its scenario was edited, or its lines are gone",
    "template_changed": "its template was edited after it was written",
}

BLOCKS: Mapping[str, str] = {
    "quarantined": "a delivered row of this customer was set aside and must be mended first",
    "after_call": "the customer was reached by phone a few days ago",
    "another_mail_today": "the address has already had a mail today",
    "reply_pending": "an answer of the customer has not been processed",
    "doubt": "an earlier message may have been sent or not",
    "breaker": "a circuit breaker is open",
    "outside_window": "the sending window is closed",
    "erp_silent": "the ERP did not say in time how the account stands now",
}

PEOPLE: Mapping[str, str] = {
    "reached": "the customer was spoken to",
    "promised": "the customer promised to pay",
    "left_message": "a message was left",
    "unreached": "nobody was reached",
    "done": "it was done",
    "posted": "the letter was posted",
    "post_it": "the letter lies in the outbox, to be posted",
    "skipped_by_person": "a person left it out",
    "confirmation_expired": "nobody answered in time: everything stays to be confirmed",
    "text_edited": "a person wrote it anew: the new text needs a yes of its own",
    "text_restored": "it stands again as it was planned, and needs a yes of its own",
    "promise_too_small": "the promise covers less than 95 % of what is open",
    "opening_position": "it was played by the former tool",
}

FAILURES: Mapping[str, str] = {
    "no_contact": "the account has no contact for collection",
    "erased": "the customer was erased: nobody knows whom to write to",
    "unknown_address": "the address does not exist",
    "no_channel": "nothing carries this channel and no text could be made",
    "attempts_exhausted": "every allowed attempt failed",
    "content_missing": "its text is not in the store any more",
    "payload_hash": "its text is not the one that was confirmed",
    "unsafe_header": "its address or subject holds characters that no mail may carry",
    "missing_value": "its text lacks a value",
    "no_template": "there is no template for it",
    "template_refused": "its template does what a template may not",
    "template_limit": "its text grew too long",
    "recipient_policy": "its address is one of ours, one for tests, or one that nobody reads",
    "multi_recipient": "its address field names several addresses",
    "address_format": "its address is no e-mail address",
    "address_unicode": "its address has letters that only look right",
    "control_char": "it holds a character that no line of text may hold",
    "outbox_not_writable": "the outbox folder cannot be written to",
    "lease_lost": "the program was stopped for too long just before it would have been sent",
    "sender_died": "the program ended while it was being sent",
    "smtp_no_answer": "the mail relay gave no answer",
    "smtp_odd_answer": "the mail relay gave an answer nobody understands",
    "smtp_unreachable": "the mail relay could not be reached",
    "sendgrid_no_answer": "SendGrid gave no answer",
    "sendgrid_sandbox": "SendGrid took it in sandbox mode: it was not sent",
    "sendgrid_unreachable": "SendGrid could not be reached",
    "restored": "the ledger was restored from a backup that does not know it",
}

# What came back of a message, or was told of it, after it was handed over.
DELIVERIES: Mapping[str, str] = {
    "bounced": "it came back for good: the address is no one's, the contact is to be mended",
    "bounced_for_now": "it came back, and may arrive another day",
    "dropped": "SendGrid dropped it: it knows the address as dead",
    "returned": "the post brought it back: the address is to be mended",
    "spam_report": "it was called spam: nothing more is sent to the address",
    "unmatched_events": "many events name actions that nobody knows here",
}

# What a source's delivery was refused for, as a whole.
PULLS: Mapping[str, str] = {
    "stale_data": "the last good delivery is older than its cadence allows",
    "duplicate_pull": "the same delivery came again and was not loaded twice",
    "empty_file": "a file is empty",
    "empty_set": "a file has a header and no rows",
    "missing_file": "a file is missing",
    "ambiguous_files": "several files answer to one name",
    "unreadable_file": "a file cannot be read",
    "not_stable": "a file was still being written",
    "not_csv": "a file is not what its name says",
    "encoding": "a file is not in the declared encoding",
    "schema_mismatch": "a file has other columns than the mapping",
    "missing_column": "a column is missing",
    "unknown_column": "a column is not in the mapping",
    "duplicate_column": "two columns share a name",
    "suspect_columns": "two columns look swapped",
    "quote_imbalance": "a quoted field does not end",
    "line_too_long": "a line is too long",
    "archive_limit": "an archive grows too large",
    "count_mismatch": "the rows are not as many as announced",
    "truncated": "a file ends in the middle",
    "file_name": "a file's name is not allowed",
    "unavailable": "the ERP did not answer, or not in time",
    "session_expired": "the ERP ended our session in the middle of the pull",
    "unauthorized": "the ERP does not let us in",
    "address_refused": "the ERP's address, or where it sent us, may not be asked",
    "query_failed": "the ERP refused what it was asked",
}

# What a circuit breaker saw; `callsheet breaker show` has the figures.
BREAKERS: Mapping[str, str] = {
    "stale_feed": "the last good delivery is older than its cadence allows",
    "pull_drop": "the delivery has far fewer rows than usual",
    "pull_rise": "the delivery has far more rows than usual",
    "old_delivery": "the delivery was delivered before, or is older than the last",
    "mass_clearing": "too many open items are gone at once",
    "mass_change": "too many contacts are others than before",
    "quarantine_share": "too much of the delivery was set aside",
    "amount_scale": "the amounts are of another size than usual",
    "bank_details": "our own bank account is another than before",
    "volume": "far more is to be done than on the usual day",
    "share": "too many of the active customers are contacted on one day",
    "notices": "too many of the active customers get a formal notice on one day",
    "changed_terms": "a scenario, the rules or the settings of the decision were changed",
    "canary": "a template is new or was changed: the first messages are looked at first",
    "contact_frequency": "the customer, or the address, would be written to too often",
    "open_doubts": "too many messages may have been sent or not",
    "bounces": "too many of the last messages came back",
    "complaints": "recipients called our messages spam",
    "authorization": "the provider does not carry our messages",
    "clock": "the clock is behind the ledger",
    "ledger": "the ledger is behind what was anchored outside",
    "environment": "this is not the place that may send: everything goes into the sink",
    "kill_switch": "the kill switch is on",
}

EXCEPTIONS: Mapping[str, str] = {
    "entity_not_loaded": "the company that sells could not be read: see its row that was set aside",
    "pending_long": "a proposed step has waited for ten working days or more",
    "old_debt": "undisputed debt is older than the friendly phase",
    "channel_not_configured": "its channel is not configured: a person sends the text",
    "missing_language": "its text is not in the wished language: the template has none",
    "instead_of": "no usable address for its channel: it goes another way",
    "sms_length": "its text needs more text messages than one may send",
    "not_mobile": "its number is no mobile's: a text message would not arrive",
    "number_policy": "its number is costly, or of a country we do not dial: it is not shown",
    "not_rendered": "its text could not be written: a person writes it",
}

_FAMILIES: Mapping[str, Mapping[str, str]] = {
    "decision": DECISIONS,
    "state": STATES,
    "withdrawal": WITHDRAWALS,
    "block": BLOCKS,
    "person": PEOPLE,
    "failure": FAILURES,
    "delivery": DELIVERIES,
    "pull": PULLS,
    "exception": EXCEPTIONS,
    "breaker": BREAKERS,
}
_ANSWER = re.compile(r"(smtp|sendgrid)_(\d{3})")
_PROVIDERS = {"smtp": "the mail relay", "sendgrid": "SendGrid"}


@cache
def families() -> Mapping[str, Mapping[str, str]]:
    """Return every code with its sentence, by what it tells about."""
    from callsheet.validation.reasons import REASONS

    return {**_FAMILIES, "quarantine": {reason.code: reason.says for reason in REASONS}}


def is_known(code: str) -> bool:
    """Say whether `code` is one of the closed table."""
    return _found(code) is not None


def sentence(code: str, family: str = "") -> str:
    """Return what `code` means, as a sentence without its subject's name.

    A few codes tell of several things (a missing due date): `family` says of which.
    """
    return families().get(family, {}).get(code) or _found(code) or f"unexplained ({code})"


def _found(code: str) -> str | None:
    if answer := _ANSWER.fullmatch(code):
        return f"{_PROVIDERS[answer[1]]} answered {answer[2]}"
    for family in families().values():
        if code in family:
            return family[code]
    return None
