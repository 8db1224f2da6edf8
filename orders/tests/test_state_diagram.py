"""The diagram in the documentation shows the moves the program allows."""

from django.conf import settings

from orders.state_diagram import state_document
from orders.status import MOVES, Status


def test_the_diagram_is_current():
    written = (settings.BASE_DIR / "docs" / "states.md").read_text(encoding="utf-8")
    assert written == state_document(), "run: manage.py print_states"


def test_the_diagram_has_an_arrow_for_every_move_and_a_row_for_every_state():
    drawn = state_document()
    for source, targets in MOVES.items():
        for target in Status:
            assert (f"    {source.value} --> {target.value}\n" in drawn) == (target in targets)
        assert f"| {source.value} |" in drawn
