"""The emulated AWS of one laptop: requests at the same moment do not undo each other."""

import subprocess
import sys

from tests.support.template import ROOT


def test_a_transaction_that_is_refused_takes_nobody_elses_rows_along():
    command = [sys.executable, "-m", "tests.furtka.local.overlapping"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    there, _, expected = run.stdout.split()
    assert there == expected


def test_a_transaction_that_is_tried_again_gets_the_answer_of_the_first_and_another_one_is_refused():
    command = [sys.executable, "-m", "tests.furtka.local.repeating"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    assert run.stdout.split() == ["done", "done", *["TransactionCanceledException"] * 2]


def test_of_rows_and_messages_no_copy_is_kept_once_a_request_is_answered():
    command = [sys.executable, "-m", "tests.furtka.local.keeping"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    there, _, expected, *_, messages, _ = run.stdout.split()
    assert (there, messages) == (expected, "0")
