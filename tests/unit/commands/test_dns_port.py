"""`--dns-port` takes what a policy's port may be: a number or a name."""

from __future__ import annotations

import pytest

from netpol_action.arguments import parse


@pytest.mark.parametrize("option", ["--dns-port", "--dnsport"])
@pytest.mark.parametrize(
    ("given", "meant"),
    [("53", 53), ("65535", 65535), ("dns", "dns"), ("dns-tcp", "dns-tcp"), ("5353x", "5353x"), ("a" * 15, "a" * 15)],
)
def test_a_number_or_a_name(option: str, given: str, meant: int | str):
    assert parse(["generate", ".", option, given]).dns_port == meant


@pytest.mark.parametrize("given", ["0", "65536", "-1", "", "DNS", "d_s", "dns-", "d--s", "a" * 16, "53 ", "dns\n"])
def test_what_is_neither(given: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        parse(["generate", ".", f"--dns-port={given}"])
    assert end.value.code == 2
    assert "is neither a port between 1 and 65535 nor the name of one" in capsys.readouterr().err
