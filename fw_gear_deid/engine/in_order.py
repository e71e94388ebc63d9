"""Work in threads, results in order, never more in hand than may be held."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """A piece of work.

    Attributes:
        work: gives the result; called in a worker thread.
        cost: bytes that are held from now until the result has been used.
        alone: nothing else is in hand while it is worked on and its result is used.
        here: done in the calling thread, because handing it over would cost more than it.
    """

    work: Callable[[], T]
    cost: int = 0
    alone: bool = False
    here: bool = False


def in_order(pool: Executor, steps: Iterable[Step[T]], memory: int, count: int) -> Iterator[T]:
    """Yield the result of every step, in the order of the steps.

    Steps are taken from their iterator only when there is room for them, so what they hold is bounded too; one that
    costs more than ``memory`` waits until nothing else is in hand.

    Args:
        pool: runs the steps.
        steps: what to do.
        memory: bytes that may be in hand.
        count: steps that may be in hand.
    """
    waiting: deque[tuple[int, Future[T]]] = deque()
    held = 0
    try:
        for step in steps:
            while waiting and (
                step.alone or held + step.cost > memory or len(waiting) >= count or waiting[0][1].done()
            ):
                cost, future = waiting.popleft()
                held -= cost
                yield future.result()
            if step.alone:
                yield step.work()
                continue
            waiting.append((step.cost, _done(step.work()) if step.here else pool.submit(step.work)))
            held += step.cost
        while waiting:
            yield waiting.popleft()[1].result()
    finally:
        for _, future in waiting:
            future.cancel()


def _done(result: T) -> Future[T]:
    """Return a result as the future it would have been."""
    future: Future[T] = Future()
    future.set_result(result)
    return future
