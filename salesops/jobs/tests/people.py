"""People for the tests of the foundation, which knows the model of users by its setting only."""

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

_numbers = count(1)


def person(*, administrator: bool = False, **fields: Any) -> Any:
    """Somebody who may sign in."""
    name = f"somebody{next(_numbers)}"
    people: Any = get_user_model().objects
    make = people.create_superuser if administrator else people.create_user
    return make(name, None, display_name=name.title(), **fields)
