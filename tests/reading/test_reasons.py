"""The closed table of reasons: every code the program gives has its sentence."""

import ast
from pathlib import Path

from callsheet.reading.reasons import DECISIONS, STATES, families, is_known, sentence
from callsheet.validation.reasons import REASONS
from callsheet.vocabulary import ActionState

CORE = Path(__file__).parents[2] / "callsheet"


def reasons_written_in_the_code():
    """Yield every text that is handed over as `reason=…`, with its file."""
    a_customers_own_words = CORE / "messages" / "demo_account.py"
    for path in set(CORE.rglob("*.py")) - {a_customers_own_words}:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "reason"
                and isinstance(node.value, ast.Constant)
                and node.value.value
            ):
                yield node.value.value, path.name


def test_every_reason_that_the_code_gives_is_in_the_table():
    unknown = {found for found in reasons_written_in_the_code() if not is_known(found[0])}
    assert unknown == set()


def test_every_state_and_every_quarantine_code_has_its_sentence():
    assert set(STATES) == {str(state) for state in ActionState}
    assert all(is_known(reason.code) for reason in REASONS)


def test_a_sentence_has_no_full_stop_and_begins_small():
    for family in families().values():
        for code, told in family.items():
            assert not told.endswith("."), code
            assert told[0].islower() or told.startswith("SendGrid"), code


def test_a_provider_s_answer_is_told_with_its_number():
    assert sentence("smtp_550") == "the mail relay answered 550"
    assert sentence("sendgrid_413") == "SendGrid answered 413"


def test_a_missing_due_date_is_told_of_the_account_or_of_the_row():
    assert sentence("no_due_date", "decision") == DECISIONS["no_due_date"]
    assert sentence("no_due_date", "quarantine") == "is an invoice without a due date"


def test_a_code_nobody_knows_is_not_guessed():
    assert sentence("gone_fishing") == "unexplained (gone_fishing)"
