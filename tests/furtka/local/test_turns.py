"""Queues of one function take turns, and the most urgent is next."""

import threading
import time

from furtka.local.queues import Turns


def test_of_those_that_wait_for_the_function_the_most_urgent_queue_is_next():
    turns, order, waits = Turns(), [], threading.Semaphore(0)

    def take(place: int) -> None:
        waits.release()
        with turns.turn(place):
            order.append(place)

    with turns.turn(2):
        pollers = [threading.Thread(target=take, args=[place]) for place in (2, 1, 0)]
        for poller in pollers:
            poller.start()
            waits.acquire()
        while len(turns._waiting) < len(pollers):
            time.sleep(0.001)
    for poller in pollers:
        poller.join()
    assert order == [0, 1, 2]
