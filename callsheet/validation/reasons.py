"""Why a row is set aside: each reason, the expectation it comes from, and what a person does.

One reason is one expectation is one file, `sql/validation/<code>.sql`.
"""

from dataclasses import dataclass
from pathlib import Path

_QUESTIONS = Path(__file__).parents[1] / "sql" / "validation"


@dataclass(frozen=True)
class Reason:
    """One reason code. `batch` is the view that its question is asked of."""

    code: str
    suite: str
    batch: str
    says: str
    do: str

    @property
    def question(self) -> str:
        """Return the query that finds the faulty rows: table_name, line, found."""
        return (_QUESTIONS / f"{self.code}.sql").read_text()


REASONS: tuple[Reason, ...] = (
    Reason("field_count", "rows", "delivered_rows",
           "has another number of fields than the header", "mend the row in the ERP's export"),
    Reason("control_char", "rows", "delivered_rows",
           "holds a character that no line of text may hold", "retype the field in the ERP"),
    Reason("no_invoice_id", "keys", "required_values",
           "is an item without a number", "give the item its number in the ERP"),
    Reason("missing_value", "keys", "required_values",
           "lacks a value", "fill in the field named, in the ERP"),
    Reason("id_format", "keys", "ids",
           "has an id that is not written as this source writes them",
           "export ids as text: a spreadsheet may have eaten zeros or rounded them"),
    Reason("conflicting_duplicate", "duplicates", "repeated_rows",
           "shares its key with a row that says something else", "keep the right one in the ERP"),
    Reason("unknown_customer", "references", "customer_references",
           "names a customer that was not delivered", "deliver the customer, or mend the row"),
    Reason("unknown_entity", "references", "entity_references",
           "names an entity that this source does not cover", "mend the row, or the mapping"),
    Reason("unknown_item", "references", "item_references",
           "names an item that nobody knows", "mend the item's number, or close the case"),
    Reason("amount_format", "amounts", "amounts",
           "has an amount that is no number in the declared notation", "mend it, or the mapping"),
    Reason("amount_precision", "amounts", "amounts",
           "has more decimals than its currency", "mend the amount in the ERP"),
    Reason("amount_range", "amounts", "amounts",
           "has an absurd amount", "check the amount; raise amount_range in the mapping if right"),
    Reason("negative_amount", "amounts", "documents",
           "is owed to us, yet negative", "book it as a credit note, or mend the sign"),
    Reason("positive_credit", "amounts", "documents",
           "is a credit, yet positive", "mend the sign, or sign in the mapping"),
    Reason("inconsistent_amount", "amounts", "documents",
           "is open for more than its amount", "mend the open amount in the ERP"),
    Reason("currency", "words", "currency_values",
           "has no currency of today, or another one beside its amount", "mend the currency"),
    Reason("unknown_kind", "words", "documents",
           "is of no kind we know", "add the word to values of kind in the mapping"),
    Reason("flag_format", "words", "flags",
           "has a yes-or-no value that is neither", "add the word to values in the mapping"),
    Reason("time_zone", "words", "entity_clocks",
           "has a time zone or a sending hour that no clock knows, or an unknown calendar",
           "write Europe/Paris, 08:00, FR or GB-ENG"),
    Reason("date_format", "dates", "days",
           "has a day not in the declared format", "mend the day, or date in the mapping"),
    Reason("date_range", "dates", "days",
           "has a day too far away", "mend the day; widen date_range in the mapping if right"),
    Reason("no_due_date", "dates", "documents",
           "is an invoice without a due date", "give it a due date in the ERP"),
    Reason("due_before_issue", "dates", "documents",
           "falls due before it was issued", "mend the days; or due_before_issue: accept"),
    Reason("email_format", "contacts", "emails",
           "has an e-mail field that is not exactly one address", "keep one address per contact"),
    Reason("address_unicode", "contacts", "emails",
           "has an e-mail address with letters that only look right", "retype the address"),
    Reason("phone_format", "contacts", "phones",
           "has a number that cannot be dialled", "mend the number in the ERP"),
    Reason("owner_changed", "history", "owners",
           "belongs to another customer than before",
           "if right, confirm it under confirmed in the mapping"),
    Reason("reopened", "history", "documents",
           "is open again after it was paid",
           "if right, confirm it under confirmed in the mapping"),
)  # fmt: skip

REASON_OF = {reason.code: reason for reason in REASONS}
