"""Writing down what happened: together with the thing itself, and nothing that somebody typed."""

from functools import partial

import pytest

from shared import audit
from shared.crypto import randomness
from shared.domain.activity import Event
from shared.domain.activity_search import Search
from shared.domain.identifiers import account_of, user_of
from shared.domain.origins import Origin
from shared.errors import NotFound
from shared.http import app as http_app
from shared.http import dependencies
from shared.http.routing import Routes
from shared.storage import activity, devices
from shared.storage.engine import Write, commit
from tests.support.calls import overheard
from tests.support.events import Call, Context
from tests.support.world import HOME, World

FROM_HOME = Origin(HOME, "Check/1.0", "request-1")


def _noting(world: World, detail: str = "") -> Write:
    ann = world.ann
    return audit.noting(
        Event.DEVICE_FORGOTTEN,
        ann.user_id,
        actor=ann.login,
        proof="password",
        origin=FROM_HOME,
        now=world.now,
        detail=detail,
    )


def _noted(world: World) -> int:
    return len(activity.page_of_user(world.ann.user_id, Search(), now=world.now)[0])


def _device(world: World) -> str:
    world.session()
    (device,) = devices.of_user(world.ann.user_id)[0]
    return device.device_id


def test_a_thing_and_its_entry_are_written_in_one_go(world: World):
    device_id, before = _device(world), _noted(world)
    with overheard() as calls:
        commit(devices.forgetting(device_id), _noting(world))
    assert [str(call) for call in calls] == ["TransactWriteItems devices activity"]
    assert _noted(world) == before + 1


def test_what_did_not_happen_is_not_written_down(world: World):
    device_id = _device(world)
    commit(devices.forgetting(device_id))
    before = _noted(world)
    with pytest.raises(NotFound):
        commit(devices.forgetting(device_id), _noting(world))
    assert _noted(world) == before


def test_two_things_in_one_moment_are_two_entries(world: World):
    before = _noted(world)
    commit(_noting(world), _noting(world))
    assert _noted(world) == before + 2


def test_an_entry_names_its_user_and_their_account(world: World):
    item = _noting(world).arguments["Item"]
    assert item["user_id"]["S"] == world.ann.user_id == user_of(item["entry_id"]["S"].partition("-")[2])
    assert item["account_id"]["S"] == account_of(world.ann.user_id)


def test_an_entry_carries_the_gateways_number_of_its_request_and_nothing_that_the_caller_made_up(world: World):
    routes = Routes()

    @routes.get("/ping")
    def get_here(origin: dependencies.From) -> str:
        return origin.request_id

    call = Call("GET", "/ping", world.now, headers={"X-Request-Id": "mine", "X-Correlation-Id": "mine"})
    assert http_app.serve(routes)(call.event, Context())["body"] == "request-1"


@pytest.mark.parametrize("detail", ["", "sms", "password totp", "nist force"])
def test_a_detail_is_made_of_known_words(world: World, detail: str):
    assert _noting(world, detail).arguments["Item"]["detail"]["S"] == detail


def test_an_entry_is_about_a_record_and_about_nothing_that_somebody_typed(world: World):
    record_id, ann = randomness.record_id(world.ann.user_id), world.ann
    writing = partial(
        audit.noting,
        Event.API_TOKEN_CREATED,
        ann.user_id,
        actor="ann",
        proof="password",
        origin=FROM_HOME,
        now=world.now,
    )
    assert writing(about=record_id).arguments["Item"]["about"]["S"] == record_id
    with pytest.raises(ValueError) as crash:
        writing(about="Correct-Horse-7")
    assert "Correct-Horse-7" not in repr(crash.value)


@pytest.mark.parametrize("typed", ["Correct-Horse-7", "736455", "sms 736455", "ann@example.com", "password\u00a0x"])
def test_what_somebody_typed_is_neither_written_down_nor_repeated(world: World, typed: str):
    with pytest.raises(ValueError) as crash:
        _noting(world, typed)
    assert typed not in repr(crash.value)
