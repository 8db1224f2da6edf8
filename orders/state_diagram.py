"""The states of an order drawn from the one table that allows the moves."""

from orders.status import EDITABLE_STATES, MOVES, OPEN_STATES, Status

_HEAD = """# The states of an order

Drawn by `manage.py print_states` from `orders/status.py`; a test fails when it is out of date.
Fulfilment, invoicing, payment and return are not states: they are derived beside them.
"""


def state_document() -> str:
    """docs/states.md: a mermaid diagram of every move and a table of every state."""
    lines = [_HEAD, "```mermaid", "stateDiagram-v2", "    [*] --> received"]
    for source, targets in MOVES.items():
        lines += [f"    {source.value} --> {target.value}" for target in Status if target in targets]
        if not targets:
            lines.append(f"    {source.value} --> [*]")
    lines += ["```", "", "| state | open | rows may be edited | next |", "|---|---|---|---|"]
    for state in Status:
        following = ", ".join(target.value for target in Status if target in MOVES[state]) or "—"
        marks = ["yes" if state in group else "" for group in (OPEN_STATES, EDITABLE_STATES)]
        lines.append(f"| {state.value} | {marks[0]} | {marks[1]} | {following} |")
    return "\n".join(lines) + "\n"
