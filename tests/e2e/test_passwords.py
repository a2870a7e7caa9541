"""Passwords on the deployed stack: changed, forgotten, and taken away from a thief."""

from tests.e2e.people import PASSWORD, Person

ANOTHER_PASSWORD = "Otworz-Brame-8"


def resets(person: Person) -> str:
    """The token of the session that a link from the mailbox and the phone open together."""
    link, got = person.link("password-reset", "Set a new password"), len(person.messages())
    asked = person.sends("POST", "/password-reset/confirm", {"token": link, "password": ANOTHER_PASSWORD})
    assert asked.status == 200, asked
    opened = person.answers(asked.body["challenge"]["id"], person.code(got + 1))
    assert opened.status == 200, opened
    return str(opened.body["session"]["token"])


def test_a_password_is_changed_and_the_other_sessions_end(owner: Person):
    elsewhere, here = owner.opens_session(), owner.opens_session()
    order = {"current_password": PASSWORD, "password": ANOTHER_PASSWORD}
    changed = owner.may(here, "POST", "/account/password", order)
    assert [owner.is_in(token) for token in (elsewhere, here, changed["session"]["token"])] == [False, False, True]
    assert [owner.signs_in(password).status for password in (PASSWORD, ANOTHER_PASSWORD)] == [401, 200]
    assert owner.letter("Your password was changed")


def test_a_forgotten_password_is_set_by_a_link_and_a_code(owner: Person):
    before = owner.opens_session()
    assert owner.sends("POST", "/password-reset", {"login": owner.login}).status == 204
    assert owner.is_in(resets(owner))
    assert not owner.is_in(before)
    assert owner.letter("A new password was set")


def test_the_link_about_a_stranger_ends_everything_and_brings_another(owner: Person):
    owner.opens_session()  # in the network of the invitation: expected
    stolen = owner.opens_session()
    link = owner.link("not-me", "A sign-in from a new device")
    assert owner.sends("POST", "/not-me", {"token": link}).status == 204
    assert not owner.is_in(stolen)
    assert owner.signs_in().status == 401
    assert owner.is_in(resets(owner))
