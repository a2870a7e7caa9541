"""Randomness comes from the operating system and is spread evenly."""

import ast
import re
from base64 import b32decode
from collections import Counter
from pathlib import Path

from shared import policy
from shared.crypto import randomness
from shared.domain import recovery
from tests.support.template import ROOT


def test_a_code_has_six_digits_zeros_in_front_included():
    codes = [randomness.code() for _ in range(2000)]
    assert {len(code) for code in codes} == {policy.CODE_DIGITS}
    assert any(code.startswith("0") for code in codes)


def test_each_digit_is_as_likely_as_any_other():
    digits = Counter("".join(randomness.code() for _ in range(10_000)))
    assert all(abs(count - 6000) < 500 for count in digits.values())  # 500 is more than six standard deviations


def test_an_apps_secret_has_160_bits_and_needs_no_padding():
    secrets = {randomness.totp_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(re.fullmatch("[A-Z2-7]{32}", secret) and len(b32decode(secret)) == 20 for secret in secrets)


def test_ten_recovery_codes_are_made_at_once_and_no_two_are_alike():
    codes = randomness.recovery_codes()
    assert len(codes) == len(set(codes)) == policy.RECOVERY_CODES == 10
    assert all(re.fullmatch(recovery.PATTERN, code) and recovery.clean(code) == code for code in codes)


def test_each_character_of_a_recovery_code_is_as_likely_as_any_other():
    characters = Counter("".join("".join(randomness.recovery_codes()) for _ in range(400)))
    assert set(characters) == set(recovery.ALPHABET)
    assert all(abs(count - 3000) < 350 for count in characters.values())  # more than six standard deviations


def test_a_pause_is_of_any_length_up_to_the_longest():
    pauses = [randomness.pause(0.5) for _ in range(1000)]
    assert all(0 <= one < 0.5 for one in pauses)
    assert min(pauses) < 0.05
    assert max(pauses) > 0.45


def test_nothing_of_ours_uses_the_random_module():
    for path in [*ROOT.glob("layers/**/*.py"), *ROOT.glob("functions/**/*.py"), *ROOT.glob("furtka/**/*.py")]:
        assert "random" not in _imports(path), path


def test_only_one_room_draws():
    users = [path for path in ROOT.glob("layers/**/*.py") if "import secrets" in path.read_text()]
    assert [path.name for path in users] == ["randomness.py"]


def _imports(path: Path) -> set[str | None]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_a_shipments_id_has_88_bits():
    ids = {randomness.shipment_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch("[0-9a-f]{22}", one) for one in ids)
