"""What the input leaves open, as rows for people: one sentence, and the netpol.yaml lines that answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from netpol_action.discovery.netpol_yaml import References, dependency, shown
from netpol_action.discovery.ports import Software
from netpol_action.discovery.settings import subject_of
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Evidence, Gap, Unresolved
from netpol_action.model.endpoints import Workload


@dataclass(frozen=True, slots=True)
class Draft:
    """An unresolved dependency before the workload's other findings about the same thing are put together with it.

    `sentence` follows the workload's name and leaves the ports out. `target` is the other end as netpol.yaml has it.
    `guess` is the software whose well-known port stands in where the input names none, `over_udp` the one by which a
    port that the input names is taken to be UDP.
    """

    gap: Gap
    key: str
    sentence: str
    target: str
    connections: ConnectionSet = NOTHING
    evidence: tuple[Evidence, ...] = ()
    guess: Software | None = None
    advice: str = ""
    outbound: bool = True
    over_udp: Software | None = None


def merged(drafts: Iterable[Draft]) -> list[Draft]:
    """One draft a key, with the ports and the evidence of all that have it."""
    by_key: dict[str, Draft] = {}
    for draft in drafts:
        known = by_key.get(draft.key)
        if known is None:
            by_key[draft.key] = draft
            continue
        by_key[draft.key] = replace(
            known,
            connections=known.connections | draft.connections,
            evidence=tuple(dict.fromkeys((*known.evidence, *draft.evidence))),
            guess=known.guess or draft.guess,
            over_udp=known.over_udp or draft.over_udp,
        )
    return list(by_key.values())


def unresolved(workload: Workload, draft: Draft, references: References) -> Unresolved:
    """The row for a draft."""
    ports, clause, guessed = draft.connections, "its port is not known", ""
    if ports:
        clause = str(ports)
        if draft.over_udp is not None:
            guessed = f"UDP is a guess: it looks like {draft.over_udp.title}; write TCP where that is spoken"
    elif draft.guess is not None:
        ports = draft.guess.connections
        clause = f"probably {draft.guess.title} on {ports}, a guess from names"
        guessed = f"the port is a guess: names suggest {draft.guess.title}"
    comments = [comment for comment in (draft.advice, guessed) if comment]
    mine = references.text(workload)
    source, target = (mine, draft.target) if draft.outbound else (draft.target, mine)
    return Unresolved(
        gap=draft.gap,
        workload=workload,
        outbound=draft.outbound,
        message=shown(f"{subject_of(workload)} {draft.sentence}") + f"; {clause}",
        key=draft.key,
        resolution=dependency(source, target, ports, draft.key, comments=comments),
        connections=ports,
        evidence=draft.evidence,
    )
