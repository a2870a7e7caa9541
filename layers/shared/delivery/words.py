"""Delivery: what a language needs to have words for."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mail:
    """A subject and a text. A subject is a constant: nobody writes into a header."""

    subject: str
    text: str = field(repr=False)  # links and codes


@dataclass(frozen=True)
class Words:
    """One language: the messages with a code, our own and that of a customer who has no text of his own, what every
    e-mail ends with, and the e-mails by `texts.name_of`.

    Names in braces stand for what `texts` fills in.
    """

    sms: str
    mfa: str
    never: str
    mails: dict[str, Mail]


def told(subject: str, what: str, if_not_you: str, *, when: str, where: str) -> Mail:
    """An e-mail about something done: what it was, when and from where, and what to do about it."""
    return Mail(subject, f"{what}\n\n{when}: {{at}}\n{where}: {{address}}\n\n{if_not_you}\n")


def told_of_token(
    tell: Callable[[str, str, str], Mail], subject: str, what: str, if_not_you: str, *, which: str, ends: str, by: str
) -> Mail:
    """The same about a token: which it is, and who did it."""
    return tell(subject, f"{what}\n\n{which}: {{name}} ({ends} {{last_four}})\n{by}: {{by}}", if_not_you)


def told_of_subuser(
    tell: Callable[[str, str, str], Mail], subject: str, what: str, if_not_you: str, *, which: str, by: str
) -> Mail:
    """The same about a sub-user: who it is, and who did it."""
    return tell(subject, f"{what}\n\n{which}: {{subuser}}\n{by}: {{by}}", if_not_you)
