"""A shared cache that may be lost: while Redis is away, every question is answered "not known" and nothing is kept.

What stands in the cache can always be made anew, so its loss must cost a page milliseconds, never an error. After a
failure Redis is left alone for a few seconds; otherwise each of a page's questions would wait for its own time-out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

LEFT_ALONE_SECONDS = 5.0
log = logging.getLogger(__name__)


def _or(answer: Callable[[tuple[Any, ...], dict[str, Any]], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer this instead while Redis is away; ``answer`` gets what the method was called with."""

    def guard(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def asked(self: ForgivingRedisCache, *args: Any, **kwargs: Any) -> Any:
            if self.is_away:
                return answer(args, kwargs)
            try:
                return method(self, *args, **kwargs)
            except RedisError as fault:
                self._away_until = time.monotonic() + LEFT_ALONE_SECONDS
                log.warning("the cache is away for now: %s", fault)
                return answer(args, kwargs)

        return asked

    return guard


def _missing(args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    raise ValueError(f"no key {args[0]!r}: the cache is away")  # as for any key that is not there


def _default(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return kwargs.get("default", args[1] if len(args) > 1 else None)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, without its errors."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._away_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether Redis failed a moment ago and is left alone."""
        return time.monotonic() < self._away_until

    get = _or(_default)(RedisCache.get)
    add = _or(lambda _args, _kwargs: True)(RedisCache.add)
    set = _or(lambda _args, _kwargs: None)(RedisCache.set)
    touch = _or(lambda _args, _kwargs: False)(RedisCache.touch)
    delete = _or(lambda _args, _kwargs: False)(RedisCache.delete)
    get_many = _or(lambda _args, _kwargs: {})(RedisCache.get_many)
    set_many = _or(lambda _args, _kwargs: [])(RedisCache.set_many)
    delete_many = _or(lambda _args, _kwargs: None)(RedisCache.delete_many)
    has_key = _or(lambda _args, _kwargs: False)(RedisCache.has_key)
    clear = _or(lambda _args, _kwargs: False)(RedisCache.clear)
    incr = _or(_missing)(RedisCache.incr)
