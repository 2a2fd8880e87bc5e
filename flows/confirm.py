"""The flow `confirm`: a person is shown what waits for a yes, and answers a form in the run.

The run is suspended meanwhile, which ends its process: worker and server may die and come back.
When it is resumed it starts again from the top; what was asked is read from our own tables. No
parameter of this flow confirms anything, and neither does starting it.
"""

from copy import copy
from datetime import date
from itertools import count
from typing import Any

from prefect import flow, runtime
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from pydantic import ConfigDict, Field, create_model

from callsheet import clock
from callsheet.business_day import business_day, business_moment
from callsheet.desk.answering import Answer, Choice, read_answer
from callsheet.desk.asking import EXPIRED, Question
from callsheet.errors import UsageInvalid
from callsheet.reading.list_to_confirm import question_text
from callsheet.settings_file import load_settings
from flows.run_names import named
from tasks.confirming import put_question, record_answer, send_confirmed, show_lists


class AnswerForm(RunInput):
    """Texts only, checked by our own code: a validator that fails here would lose the answer."""

    model_config = ConfigDict(json_schema_extra={"required": ["decision", "confirmed_by"]})

    decision: str = Field(
        default="",
        title="Decision",
        json_schema_extra={"position": 0, "enum": [choice.value for choice in Choice]},
    )
    leave_out: str = Field(
        default="",
        title="Lines to leave out",
        description="Their ids as the table shows them, with commas between.",
        json_schema_extra={"position": 1},
    )
    confirmed_by: str = Field(
        default="",
        title="Your name",
        description="Stands in the ledger as who confirmed.",
        json_schema_extra={"position": 2},
    )
    note: str = Field(default="", title="Note", json_schema_extra={"position": 3})


@flow(name="confirm", flow_run_name=named("confirm"), persist_result=False)
def confirm(
    entity: str | None = None, as_of: date | None = None, settings_file: str | None = None
) -> str:
    """Ask for a yes to every message that waits for one, then send what was confirmed.

    Ends at once when nothing waits. Open the suspended run and choose Resume to answer.

    Args:
        entity: only this entity's messages; empty for all of them.
        as_of: the business day; empty for today.
        settings_file: where the settings lie; empty for the usual places.
    """
    settings = load_settings(settings_file)
    as_of = business_day(settings, as_of)
    now = business_moment(settings, as_of)
    question = put_question(settings, str(runtime.flow_run.id), entity, as_of, now)
    if question is None:
        return "Nothing waits to be confirmed."
    if question.closed == EXPIRED:
        return "The time to answer was over: nothing was confirmed."
    if not question.closed:
        show_lists(settings, question)
        answer = _answer(question)
        said = record_answer(settings, question, answer, as_of, now)
        show_lists(settings, question, said)
    sent = send_confirmed(settings, as_of, now, entity)
    return str(sent.as_text() if sent else "Somebody is sending: it goes with the next sweep.")


def _form_after(typed: AnswerForm) -> type[AnswerForm]:
    """Return the form holding what was typed before, but the decision: that is taken anew."""
    fields: dict[str, Any] = {}
    for name in ("leave_out", "confirmed_by", "note"):
        field = copy(AnswerForm.model_fields[name])
        field.default = getattr(typed, name)
        fields[name] = (str, field)
    return create_model(AnswerForm.__name__, __base__=AnswerForm, **fields)


def _answer(question: Question) -> Answer:
    """Return the first answer that can be read; each one before it is asked again, saying why."""
    problem, typed = "", AnswerForm()
    for attempt in count(1):
        form = _form_after(typed).with_initial_data(question_text(question, problem))
        seconds = max(1, int((question.until - clock.now()).total_seconds()))
        typed = suspend_flow_run(wait_for_input=form, key=f"answer-{attempt}", timeout=seconds)
        try:
            return read_answer(
                typed.decision, typed.leave_out, typed.confirmed_by, typed.note, question.ids
            )
        except UsageInvalid as wrong:
            problem = str(wrong)
    raise AssertionError("count() does not end")
