"""Addresses that are known to be dead: nothing is sent to them again."""

from callsheet.store.transaction import Transaction

_QUERY = """
    select distinct action.recipient_hash
    from step_state
    inner join action on step_state.action_id = action.action_id
    where
        step_state.permanent
        and step_state.state in ('rejected', 'delivery_failed')
        and action.recipient_hash <> ''
"""


def suppressed_addresses(tx: Transaction) -> frozenset[str]:
    """Return the hashes of addresses that refused a message for good."""
    return frozenset(row[0] for row in tx.fetch(_QUERY))
