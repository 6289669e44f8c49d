"""Switches that make a program send traces, profiles or metrics, where nothing says to whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.discovery.addresses import addresses
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.names import names_address, suggests_address, words
from netpol_action.discovery.netpol_yaml import example_host
from netpol_action.discovery.settings import Setting
from netpol_action.model.demands import Gap

_SENT = {
    "tracing": ("trace", "tracing", "otel", "otlp", "collector", "jaeger", "zipkin", "tempo"),
    "profiler": ("profiler", "profiling", "pyroscope"),
    "profiling": ("profiler", "profiling", "pyroscope"),
    "telemetry": ("telemetry", "otel", "otlp", "collector"),
    "apm": ("apm", "elastic"),
}
"""What is switched on, and words of the settings that then say where it goes."""
_ON = frozenset({"1", "true", "yes", "on", "enabled"})


def switched_on(settings: Sequence[Setting]) -> Iterator[Draft]:
    """A row for each switch that is on while no setting gives an address for what it sends."""
    destinations = {
        word
        for setting in settings
        if suggests_address(setting.name) or names_address(setting.name)
        for word in words(setting.name)
        if addresses(setting.value)
    }
    for setting in settings:
        parts = words(setting.name)
        what = next((each for each in parts if each in _SENT), None)
        if what is None or not {"enable", "enabled"}.intersection(parts) or setting.value.strip().lower() not in _ON:
            continue
        if not destinations.intersection(_SENT[what]):
            sentence = f"switches on {what}, and nothing says where it sends to"
            advice = f"put where {what} goes here, or take the line to `ignore`"
            target, key = example_host(what), f"sent/{what}"
            yield Draft(Gap.UNKNOWN_HOST, key, sentence, target, evidence=(setting.evidence,), advice=advice)
