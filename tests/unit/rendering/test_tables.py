from collections.abc import Callable, Iterable

import pytest
from drawn_maps import ABOVE_TEN, BELOW_TEN, lines

from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import IpBlock
from netpol_action.render.comparison import (
    compared,
    csv_lines_of_two,
    json_lines_of_two,
    md_lines_of_two,
    txt_lines_of_two,
)
from netpol_action.render.table import csv_lines, json_lines, md_lines, txt_lines

MAP = lines(
    "shop/web -> shop/db: TCP 5432",
    "shop/web -> internet: UDP 53,TCP 443-444,TCP 80",
    "controller -> shop/web: TCP 8080",
    "internet -> ops/vpn: All Connections",
)
EMPTY = ConnectivityMap()


def test_txt():
    assert list(txt_lines(MAP)) == [
        "shop/web[Deployment] => shop/db[Deployment] : TCP 5432",
        "shop/web[Deployment] => 0.0.0.0-255.255.255.255 : TCP 80,443-444,UDP 53",
        "{ingress-controller} => shop/web[Deployment] : TCP 8080",
        "0.0.0.0-255.255.255.255 => ops/vpn[Deployment] : All Connections",
    ]


def test_md():
    assert list(md_lines(MAP))[:3] == [
        "| src | dst | conn |",
        "| --- | --- | ---- |",
        "| `shop/web[Deployment]` | `shop/db[Deployment]` | TCP 5432 |",
    ]


def test_csv():
    assert list(csv_lines(MAP))[:3] == [
        "src,dst,conn",
        "shop/web[Deployment],shop/db[Deployment],TCP 5432",
        'shop/web[Deployment],0.0.0.0-255.255.255.255,"TCP 80,443-444,UDP 53"',
    ]


def test_json_has_one_row_a_line():
    assert list(json_lines(MAP))[:2] == [
        "[",
        '  {"src": "shop/web[Deployment]", "dst": "shop/db[Deployment]", "conn": "TCP 5432"},',
    ]
    assert list(json_lines(MAP))[-2:] == [
        '  {"src": "0.0.0.0-255.255.255.255", "dst": "ops/vpn[Deployment]", "conn": "All Connections"}',
        "]",
    ]


@pytest.mark.parametrize(
    ("write", "written"),
    [(txt_lines, []), (md_lines, list(md_lines(MAP))[:2]), (csv_lines, ["src,dst,conn"]), (json_lines, ["[]"])],
)
def test_a_map_without_rows(write: Callable[[ConnectivityMap], Iterable[str]], written: list[str]):
    assert list(write(EMPTY)) == written


BEFORE = lines("a/x -> a/y: All Connections", "a/x -> internet: All Connections", "internet -> a/y: TCP 80")
AFTER = lines("a/x -> a/y: TCP 80", "a/y -> a/x: UDP 53", "a/x -> 10.0.0.0/8: TCP 443", "internet -> a/y: TCP 80")


def test_two_maps_in_one_table():
    assert list(txt_lines_of_two(BEFORE, AFTER)) == [
        "a/x[Deployment] => a/y[Deployment] : All Connections -> TCP 80",
        "a/x[Deployment] => 0.0.0.0-9.255.255.255 : All Connections -> No Connections",
        "a/x[Deployment] => 10.0.0.0-10.255.255.255 : All Connections -> TCP 443",
        "a/x[Deployment] => 11.0.0.0-255.255.255.255 : All Connections -> No Connections",
        "a/y[Deployment] => a/x[Deployment] : No Connections -> UDP 53",
        "0.0.0.0-255.255.255.255 => a/y[Deployment] : TCP 80 -> TCP 80",
    ]
    assert (
        list(md_lines_of_two(BEFORE, AFTER))[2]
        == "| `a/x[Deployment]` | `a/y[Deployment]` | All Connections | TCP 80 |"
    )
    assert list(csv_lines_of_two(BEFORE, AFTER))[1] == "a/x[Deployment],a/y[Deployment],All Connections,TCP 80"
    assert list(json_lines_of_two(EMPTY, EMPTY)) == ["[]"]


def test_blocks_that_both_maps_treat_alike_are_one_again():
    cut = lines("a/x -> 10.0.0.0/8: TCP 1")
    blocks = [IpBlock(BELOW_TEN), IpBlock(ABOVE_TEN)]
    assert [str(row.destination) for row in compared(cut, cut)] == ["10.0.0.0-10.255.255.255"]
    assert all(block not in [row.destination for row in compared(cut, cut)] for block in blocks)


def test_addresses_that_no_map_allows_have_no_row():
    apart = lines("a/x -> 10.0.0.0/8: TCP 1", "a/x -> 192.168.0.0/16: TCP 1")
    assert [str(row.destination) for row in compared(apart, EMPTY)] == [
        "10.0.0.0-10.255.255.255",
        "192.168.0.0-192.168.255.255",
    ]
