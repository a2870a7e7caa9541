"""E-mail addresses: what is stored is what was typed, and what SES gets is ASCII."""

import pytest

from shared.domain import email_addresses
from shared.errors import LocalPartNotAscii, NotAnEmail


@pytest.mark.parametrize(
    ("typed", "stored", "sent"),
    [
        (" Ann.Nowak@Example.COM ", "Ann.Nowak@example.com", "Ann.Nowak@example.com"),
        ("mia@ŻÓŁW.pl", "mia@żółw.pl", "mia@xn--w-uga1v8h.pl"),
        ("mia@xn--w-uga1v8h.pl", "mia@żółw.pl", "mia@xn--w-uga1v8h.pl"),
        ("o'brien+x@example.com", "o'brien+x@example.com", "o'brien+x@example.com"),
    ],
)
def test_an_address_is_stored_as_it_was_typed_and_sent_in_ascii(typed: str, stored: str, sent: str):
    assert email_addresses.canonical(typed) == email_addresses.mailable(typed) == stored
    assert email_addresses.with_ascii_domain(stored) == sent


@pytest.mark.parametrize(
    "typed", ["", "ann", "Ann <ann@example.com>", "ann@b@c.pl", "a@" + "b." * 200 + "pl", "a@b", "x" * 255]
)
def test_what_is_no_address_alone_is_refused(typed: str):
    for read in (email_addresses.canonical, email_addresses.mailable):
        with pytest.raises(NotAnEmail):
            read(typed)


def test_spellings_of_one_mailbox_have_one_name():
    spelled = ("Ann.Nowak@example.com", "ann.nowak+news@example.com", "ANN.NOWAK+a+b@example.com")
    assert {email_addresses.mailbox(address) for address in spelled} == {"ann.nowak@example.com"}
    assert email_addresses.mailbox("ann@example.com") != email_addresses.mailbox("anna@example.com")
    assert email_addresses.mailbox("ann@example.com") != email_addresses.mailbox("ann@example.org")


def test_an_address_that_ses_cannot_take_may_be_a_contacts_but_no_users():
    assert email_addresses.canonical("łukasz@example.org") == "łukasz@example.org"
    with pytest.raises(LocalPartNotAscii):
        email_addresses.mailable("łukasz@example.org")


@pytest.mark.parametrize("kept", ["", "not an address", "ann@\u202e.pl", "ann@" + "ż" * 64])
def test_what_was_stored_before_the_rule_and_is_no_address_is_sent_as_it_is(kept: str):
    assert email_addresses.with_ascii_domain(kept) == kept
