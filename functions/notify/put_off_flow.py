"""Flow for a busy carrier: a notice that came too fast waits, and nothing of it counts as a failure."""

from contextlib import suppress
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from shared.crypto import randomness
from shared.delivery import pacing, queue
from shared.delivery.notices import Notice
from shared.errors import Unavailable
from shared.observability import logger, metrics


class PutOff(Exception):
    """The message stays on its queue, which brings it again later."""


def put_off(notice: Notice, *, queue_name: str, receipt: str, receipts: int, now: datetime) -> None:
    """Let the queue bring *notice* again after a pause, and raise PutOff.

    After several receipts it is queued anew instead, so that waiting does not lead to the dead letters; then its old
    message is done with. If the function dies in between, both are delivered, and it is sent once all the same.
    """
    pause = pacing.pause(notice, receipts, jitter=randomness.pause(1), now=now)
    logger.info("notice_waits", notice_id=notice.id, seconds=pause.seconds, anew=pause.anew)
    metrics.add_metric("NoticesPutOff", MetricUnit.Count, 1)
    if pause.anew:
        with suppress(Unavailable):
            return queue.put_later(notice, pause.seconds)
    queue.hide(queue_name, receipt, pause.seconds)
    raise PutOff
