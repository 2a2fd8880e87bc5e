"""How often a step was begun in its run: a new action only when every earlier one has ended."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from callsheet.dispatching.open_actions import open_actions
from callsheet.store.transaction import Transaction
from callsheet.vocabulary import ActionState

# After these the same step may be begun again, on any channel.
ENDED = frozenset({ActionState.CANCELLED, ActionState.REJECTED, ActionState.DELIVERY_FAILED})


@dataclass(frozen=True)
class Occurrences:
    """What became of the earlier actions of some step instances."""

    states: Mapping[str, list[ActionState]]

    @classmethod
    def of(cls, tx: Transaction, instances: Iterable[str]) -> "Occurrences":
        """Read the earlier actions of `instances`."""
        rows = tx.fetch(
            "select action_id from action"
            " where step_instance in (select unnest(cast($instances as varchar[])))",
            instances=list(instances),
        )
        states: defaultdict[str, list[ActionState]] = defaultdict(list)
        if rows:
            for action in open_actions(tx, ActionState, ids=[row[0] for row in rows]):
                states[action.step_instance].append(action.state)
        return cls(states)

    def is_free(self, instance: str) -> bool:
        """Say whether the step may be begun: none is open, in doubt, sent or done."""
        return all(state in ENDED for state in self.states.get(instance, ()))

    def next_number(self, instance: str) -> int:
        """Return the number of the next occurrence: 1 plus those that ended without effect."""
        return 1 + sum(state in ENDED for state in self.states.get(instance, ()))
