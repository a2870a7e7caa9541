"""AWS that is silent or slow: the answer is a 503 of ours before the function is stopped, and never nothing at all."""

from datetime import timedelta

import pytest

from shared import deadline, policy
from tests.proofs.flows import FLOWS
from tests.proofs.moments import Moment
from tests.proofs.test_faults import BUSY
from tests.support.events import Context
from tests.support.silence import silent_from
from tests.support.world import World

LIMIT = timedelta(milliseconds=Context().milliseconds_left).total_seconds()
"""Seconds until Lambda stops the function."""

TRIED = [
    "POST /login: right password, codes locked",
    "POST /verify-code: code of an app",
    "POST /mfa/codes",
    "POST /sms.do: to two numbers",
    "DELETE /subusers/{user_id}",
    "POST /oauth/token",
]
"""Flows with many calls in series, and those that pay, ask KMS, or queue something."""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("flow", TRIED)
def test_wherever_silence_begins_the_answer_comes_before_the_function_is_stopped(stack: World, flow: str, seed: int):
    moment = Moment(stack, flow)
    for place in range(seed % 2, moment.length, 2):
        turn = moment.come_back()
        with silent_from(place, seed=seed) as silence:
            answer = turn.ask()
        assert len(silence.sent) > place
        assert silence.seconds <= LIMIT - policy.ANSWER_NEEDS.total_seconds()
        assert answer.status == FLOWS[flow].status or BUSY in str(answer.body), place


def test_a_deadline_is_that_of_one_invocation(stack: World):
    moment = Moment(stack, "POST /mfa/codes")
    with silent_from(0) as silence:
        assert BUSY in str(moment.come_back().ask().body)
    assert silence.seconds > 0
    assert deadline.allows(LIMIT)
    assert moment.come_back().ask().outcome == FLOWS["POST /mfa/codes"].status
