"""The run of one candidate: how far it is, which step is next, and when (R6, R7, R8, R10, R14)."""

from dataclasses import dataclass
from datetime import date, timedelta

from reference.facts import DAY, Facts, Row, answering, holidays_abroad, next_open_day, returns_of


@dataclass
class Due:
    """A step with its dates; `before_gap` leaves the contact gap out (R9)."""

    step: Row
    due_on: date
    act_on: date
    before_gap: date
    is_exhausted: bool


class Run:
    """The current run of an item with a due date in a scenario, seen on the as-of day.

    R6, readings: with `run_scope = due_date` the actions recorded with this *due date* are the
    run's; a restart forgets what was done, skipped or failed before the day of return. With
    `on_scenario_change = restart` the actions of another scenario are not the run's.
    """

    def __init__(self, facts: Facts, actions: list[Row], item: Row, scenario: str) -> None:
        self.facts, self.item, self.scenario = facts, item, scenario
        self.steps = facts.scenarios[scenario]
        self.unit_actions = actions
        self.returns = returns_of(facts, item)
        self.actions = [action for action in actions if self._is_mine(action)]
        self.completed = self._completed()
        self.progress = max((offset for offset, _ in self.completed), default=None)

    def next_step(self) -> Due | None:
        """Return the first step after the progress that has not lapsed; None: finished (R12)."""
        for step in self.steps:
            if self.progress is not None and step["offset"] <= self.progress:
                continue
            due = self._dated(step)
            if not self._has_lapsed(due):
                return due
        return None

    def proposed(self, step: Row) -> list[Row]:
        """Return the proposed actions of the same leader, scenario and step (R9)."""
        return [
            action
            for action in self.unit_actions
            if action["origin"] == "scenario"
            and action["event"] == "proposed"
            and action["leader"] == self.item["id"]
            and action["scenario"] == self.scenario
            and action["step"] == step["key"]
        ]

    def _is_mine(self, action: Row) -> bool:
        settings = self.facts.settings
        if action["origin"] != "scenario":
            return False
        if settings["run_scope"] == "due_date":
            if action["leader_due"] != self.item["due_date"]:
                return False
        elif action["leader"] != self.item["id"]:
            return False
        if settings["on_scenario_change"] == "restart" and action["scenario"] != self.scenario:
            return False
        restarts = [day for day, mode in self.returns if mode == "restart"]
        return all(action["on"] >= day for day in restarts)

    def _completed(self) -> list[tuple[int, date]]:
        """Return (offset, day it counts at) of every step done, skipped or passed over."""
        found = []
        for action in self.actions:
            if action["event"] in ("done", "skipped"):
                found.append((self._offset_now(action), self._counts_on(action)))
        for step in self.steps:
            failed_on = [failure["on"] for failure in self._failures(step)]
            if failed_on and self._is_passed_over(step, max(failed_on)):
                found.append((step["offset"], max(failed_on)))
        return found

    def _offset_now(self, action: Row) -> int:
        """R14: a step of this scenario counts at its present offset, any other at its recorded."""
        step = self._step_now(action)
        return int(action["offset"] if step is None else step["offset"])

    def _step_now(self, action: Row) -> Row | None:
        """Return the step of this scenario that an action played, if there still is one."""
        if action["scenario"] == self.scenario:
            for step in self.steps:
                if step["key"] == action["step"]:
                    return step
        return None

    def _abroad(self, step: Row | None) -> list[str]:
        return holidays_abroad(self.facts, self.item["customer"], step)

    def _counts_on(self, action: Row) -> date:
        """R7: done on the first open day after a closed planned day, it counts at the planned day.

        Reading: the planned day was closed. Planned on an open Thursday and done on Friday is a
        person's delay, not a closed day's, and counts on Friday.
        """
        planned: date | None = action["due_on"]
        done: date = action["on"]
        if planned is None or planned >= done:
            return done
        if next_open_day(self.facts, planned, self._abroad(self._step_now(action))) == done:
            return planned
        return done

    def _failures(self, step: Row) -> list[Row]:
        return [
            action
            for action in self.actions
            if action["event"] == "failed"
            and action["scenario"] == self.scenario
            and action["step"] == step["key"]
        ]

    def _is_exhausted(self, step: Row) -> bool:
        failures = self._failures(step)
        return (
            any(failure["permanent"] for failure in failures)
            or len(failures) >= self.facts.settings["max_attempts"]
        )

    def _is_passed_over(self, step: Row, last_failure: date) -> bool:
        """R10, readings: passed over whether or not somebody proposed the step again, and an
        internal step at once ("internal steps never hold back customer steps"); a legal one never.
        """
        if not self._is_exhausted(step) or step.get("legal"):
            return False
        if step.get("internal"):
            return True
        return self.facts.today >= last_failure + _days(self.facts, "blocked_days")

    def _dated(self, step: Row) -> Due:
        offset = step["offset"]
        dates = [self.item["due_date"] + timedelta(days=offset)]
        if self.completed and not self.progress < 0 <= offset:
            dates.append(self._last_day() + timedelta(days=offset - self._before(offset)))
        dates += [
            failure["on"] + _days(self.facts, "retry_days") for failure in self._failures(step)
        ]
        before_gap = max(dates)
        due_on = max([before_gap, *self._contact_gaps()])
        return Due(
            step=step,
            due_on=due_on,
            act_on=next_open_day(self.facts, max(due_on, self.facts.today), self._abroad(step)),
            before_gap=before_gap,
            is_exhausted=self._is_exhausted(step),
        )

    def _last_day(self) -> date:
        """R7: the latest day a step was completed, or of a return that restarts or resumes."""
        returns = [day for day, mode in self.returns if mode in ("restart", "resume")]
        return max([day for _, day in self.completed] + returns)

    def _before(self, offset: int) -> int:
        """R7: the larger of the offset of the step before it in the scenario and the progress."""
        earlier = [step["offset"] for step in self.steps if step["offset"] < offset]
        return max([*earlier, self.progress])

    def _contact_gaps(self) -> list[date]:
        """R7: the first days that the distance from the customer's last contact allows.

        Reading of "at most one scenario action per unit per day": a scenario action done towards
        the customer leaves the day to nobody else, even with `min_gap_days` 0. An internal one and
        a skip do leave it.
        """
        gaps = []
        for action in self.unit_actions:
            if action["event"] != "done" or action["internal"]:
                continue
            gaps.append(action["on"] + _days(self.facts, "min_gap_days"))
            if not self.completed:
                gaps.append(action["on"] + _days(self.facts, "new_run_gap_days"))
            if action["origin"] == "scenario":
                gaps.append(action["on"] + DAY)
        return gaps

    def _has_lapsed(self, due: Due) -> bool:
        """R8, R11: whether a step before the due date can no more be played.

        Readings: "their day" and "has come" speak of the planned day (due date + offset), the
        distance from another leader's notice of the day it would be played, that many days
        included. A proposed action does not slide past the due date by the contact gap, which
        delays and never withdraws (R9).
        """
        offset, facts = due.step["offset"], self.facts
        if offset >= 0:
            return False
        due_date = self.item["due_date"]
        planned = due_date + timedelta(days=offset)
        played_on = due.act_on
        if self.proposed(due.step):
            played_on = next_open_day(
                facts, max(due.before_gap, facts.today), self._abroad(due.step)
            )
        if played_on > due_date:
            return True
        later = [step["offset"] for step in self.steps if offset < step["offset"] < 0]
        if any(due_date + timedelta(days=day) <= facts.today for day in later):
            return True
        issued = self.item["issue_date"]
        if issued is not None and planned < issued + _days(facts, "days_after_issue"):
            return True
        if any(due.act_on <= day + _days(facts, "predue_gap_days") for day in self._notices()):
            return True
        return self._pays_by_itself()

    def _notices(self) -> list[date]:
        """Return the days of the account's pre-due notices for other leaders (done, to the
        customer).
        """
        return [
            action["on"]
            for action in self.unit_actions
            if action["origin"] == "scenario"
            and action["event"] == "done"
            and not action["internal"]
            and action["offset"] is not None
            and action["offset"] < 0
            and action["leader"] != self.item["id"]
        ]

    def _pays_by_itself(self) -> bool:
        methods = self.facts.settings["no_pre_due_payment_methods"]
        payer = answering(self.facts, self.item["customer"])
        return any(
            customer["id"] == payer and customer.get("payment_method") in methods
            for customer in self.facts.customers
        )


def _days(facts: Facts, setting: str) -> timedelta:
    return timedelta(days=facts.settings[setting])
