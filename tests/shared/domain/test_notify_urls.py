"""Addresses for delivery reports: what a customer may name, and where a connection may go (CWE-918)."""

import pytest

from shared import policy
from shared.domain import notify_urls
from shared.errors import NotifyUrlRefused

GOOD = {
    "https://shop.example/report": ("shop.example", "/report"),
    "https://shop.example": ("shop.example", "/"),
    "https://Shop.Example:443/r?key=a%20b&x": ("shop.example", "/r?key=a%20b&x"),
    "HTTPS://a.b-c.example./": ("a.b-c.example", "/"),
    "https://xn--sklep-t0a.example/ok": ("xn--sklep-t0a.example", "/ok"),
}

BAD = (
    "",
    "shop.example/report",
    "http://shop.example/report",
    "ftp://shop.example/",
    "javascript:alert(1)",
    "https:/shop.example/",
    "https:///report",
    "https://",
    "https://shop.example:8443/",
    "https://shop.example:0443/x:1@y",
    "https://shop.example:/",
    "https://shop.example:99999/",
    "https://user@shop.example/",
    "https://user:secret@shop.example/",
    "https://shop.example@169.254.169.254/",
    "https://169.254.169.254/latest/meta-data",
    "https://1.1.1.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://[::1]/",
    "https://[2606:4700::1111]/",
    "https://[::1/",
    "https://localhost/",
    "https://localhost./",
    "https://intranet/",
    "https://.example/",
    "https://shop..example/",
    "https://-shop.example/",
    f"https://{'a' * 64}.example/",
    "https://shop.example/a b",
    "https://shop.example/\r\nHost: evil",
    "https://shop.example\t/",
    "https://shop.example\\@evil.example/",
    "https://shop.example/#part",
    "https://shop.example/#",
    "https://sklep.żółw/",
    "https://shop.example/ł",
    "https://shop。example/",
    "https://ⓢhop.example/",
    "https://shop.example/" + "a" * policy.NOTIFY_URL_CHARACTERS,
)

REACHABLE = ("1.1.1.1", "8.8.8.8", "185.158.132.10", "2606:4700:4700::1111", "2a00:1450:4001::200e")

UNREACHABLE = (
    "",
    "shop.example",
    "0.0.0.0",  # noqa: S104 - nothing listens here
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_url_with_https_and_a_host_name_is_taken(text):
    url = notify_urls.read(text)
    assert (url.host, url.target) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_any_other_url_is_refused(text):
    with pytest.raises(NotifyUrlRefused):
        notify_urls.read(text)


@pytest.mark.parametrize("text", GOOD)
def test_a_url_that_was_taken_is_taken_again_as_it_is_kept(text):
    url = notify_urls.read(text)
    assert notify_urls.read(url.text) == url


@pytest.mark.parametrize("address", REACHABLE)
def test_a_global_address_may_be_called(address):
    assert notify_urls.is_reachable(address)


@pytest.mark.parametrize("address", UNREACHABLE)
def test_an_address_inside_some_network_may_not_be_called_however_it_is_written(address):
    assert not notify_urls.is_reachable(address)
