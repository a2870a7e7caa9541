"""Scopes: no role and no password gives the right to give rights."""

from shared.domain.scopes import LEGACY_SCOPES, ROLES, SCOPES


def test_an_owner_may_have_each_scope_and_a_subuser_all_but_one():
    assert ROLES["owner"] == frozenset(SCOPES)
    assert ROLES["owner"] - ROLES["subuser"] == {"subusers"}


def test_a_password_gives_no_right_to_give_rights():
    assert frozenset(SCOPES) - LEGACY_SCOPES == {"subusers", "tokens", "messages", "sms:test"}
    assert {"sms", "sms_sender", "sms_authenticator", "contacts", "profile"} == LEGACY_SCOPES


def test_each_scope_has_a_title_and_a_description():
    assert all(len(words) == 2 and all(words) for words in SCOPES.values())
