"""POST /login as programs and people meet it."""

from tests.support.world import World


def test_a_right_password_earns_a_challenge_and_the_code_goes_to_the_phone(world: World):
    answer = world.sign_in()
    assert answer.status == 200
    assert answer.body["challenge"] == {
        "id": answer.body["challenge"]["id"],
        "channel": "sms",
        "phone": "+48******200",
        "expires_at": "2026-11-23T12:05:00Z",
        "resend_at": "2026-11-23T12:00:30Z",
    }
    assert [number for number, _ in world.sms] == [world.ann.phone]


def test_the_code_opens_a_session_that_works(world: World):
    opened = world.session()
    me = world.me(opened["session"]["token"])
    assert (me.status, me.body["login"]) == (200, "ann")
