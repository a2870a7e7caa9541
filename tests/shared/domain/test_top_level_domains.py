"""The generic top-level domains: none that IANA lists is missing."""

from importlib.resources import files

from shared.domain.top_level_domains import GENERIC


def test_every_generic_domain_of_ianas_list_is_known():
    listed = files("hypothesis.vendor").joinpath("tlds-alpha-by-domain.txt").read_text().split("\n")[1:]
    names = {name.lower() for name in listed if len(name) > len("pl") and not name.startswith("XN--")}
    assert names <= GENERIC
