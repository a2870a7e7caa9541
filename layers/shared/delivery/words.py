"""Delivery: the texts that each language needs."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mail:
    """An e-mail. The subject is a constant, so that no input gets into a header."""

    subject: str
    text: str = field(repr=False)  # links and codes


@dataclass(frozen=True)
class Words:
    """The texts of one language; `texts` fills in the names in braces.

    `sms` carries our own codes, `purposes` says what each is for, by the challenge's purpose. `mfa` carries codes of
    SMS Authenticator if a customer has no text of their own. `never` is the last line of every e-mail,
    `unknown_device` stands for a browser and a system without a name. `warnings` has
    the SMS about changes by `PhoneTold.what`, `mails` the e-mails by `texts.name_of`.
    """

    sms: str
    purposes: dict[str, str]
    mfa: str
    never: str
    unknown_device: str
    warnings: dict[str, str]
    mails: dict[str, Mail]


def told(subject: str, what: str, if_not_you: str, *, when: str, where: str) -> Mail:
    """Return an e-mail about a change: what was changed, when, from where, and what to do if it was not the reader."""
    return Mail(subject, f"{what}\n\n{when}: {{at}}\n{where}: {{address}}\n\n{if_not_you}\n")


def told_of_token(
    tell: Callable[[str, str, str], Mail], subject: str, what: str, if_not_you: str, *, which: str, ends: str, by: str
) -> Mail:
    """Return an e-mail about a change of a token, with the token and who changed it. *tell* is a form of `told`."""
    return tell(subject, f"{what}\n\n{which}: {{name}} ({ends} {{last_four}})\n{by}: {{by}}", if_not_you)


def told_of_subuser(
    tell: Callable[[str, str, str], Mail], subject: str, what: str, if_not_you: str, *, which: str, by: str
) -> Mail:
    """Return an e-mail about a change of a sub-user, with their login and who changed it."""
    return tell(subject, f"{what}\n\n{which}: {{subuser}}\n{by}: {{by}}", if_not_you)
