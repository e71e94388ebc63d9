from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fw_gear_deid.engine.in_order import Step, in_order


def work(number, delay=0.0):
    def step():
        time.sleep(delay)
        return number

    return step


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_steps(workers):
    steps = [Step(work(number, 0.002 * (number % 3)), 1) for number in range(40)]
    with ThreadPoolExecutor(workers) as pool:
        assert list(in_order(pool, steps, 100, 8)) == list(range(40))


def test_no_more_is_in_hand_than_may_be_held():
    held = []
    most = []

    def steps():
        for number in range(50):
            held.append(7)
            most.append(sum(held))
            yield Step(work(number, 0.001), 7)

    with ThreadPoolExecutor(3) as pool:
        for _ in in_order(pool, steps(), 21, 100):
            held.pop()
    assert max(most) <= 21 + 7, "a step is taken from its iterator before there is room for it"


def test_a_step_larger_than_the_memory_is_done_when_nothing_else_is_in_hand():
    with ThreadPoolExecutor(2) as pool:
        assert list(in_order(pool, [Step(work(0), 5), Step(work(1), 500), Step(work(2), 5)], 10, 4)) == [0, 1, 2]


def test_a_step_that_wants_to_be_alone_runs_in_the_callers_thread_when_all_before_it_is_used():
    used = []

    def alone():
        assert threading.current_thread() is threading.main_thread()
        return list(used)

    with ThreadPoolExecutor(2) as pool:
        for result in in_order(
            pool, [Step(work(0, 0.01)), Step(work(1)), Step(alone, alone=True), Step(work(3))], 9, 9
        ):
            used.append(result)  # noqa: PERF402  # steps look at it in between
    assert used == [0, 1, [0, 1], 3]


def test_what_was_not_begun_is_dropped_when_the_caller_stops():
    begun = []

    def step(number):
        def run():
            begun.append(number)
            time.sleep(0.01)

        return run

    with ThreadPoolExecutor(1) as pool:
        results = in_order(pool, (Step(step(number), 1) for number in range(100)), 1000, 50)
        next(results)
        results.close()
    assert len(begun) < 50
