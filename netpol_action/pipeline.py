"""The order of the stages, for each thing that the program is asked to do.

Every function here takes values and returns values; `sources` reads for them, and their callers write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from netpol_action.checks import ANY_PORT, blocked_diagnostics, check, name_demands
from netpol_action.config import read_config
from netpol_action.connectivity import Evaluation, EvaluationOptions, evaluate
from netpol_action.connectivity.beyond import compared_beyond, looking_beyond
from netpol_action.connectivity.judge import judge
from netpol_action.diff import Causes, Version, diff
from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.errors import InputError
from netpol_action.manifests.decode import decode
from netpol_action.manifests.locate import Locator
from netpol_action.manifests.reader import read
from netpol_action.manifests.write import policies_yaml
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import Config
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Evidence, Requirements
from netpol_action.model.diagnostics import Diagnostic, Severity, warning
from netpol_action.model.diff import ConnectivityDiff, Risk
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload
from netpol_action.model.findings import Check
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL, GeneratedPolicy
from netpol_action.model.judgements import Judgement
from netpol_action.model.labels import Labels
from netpol_action.model.policies import PolicyTier
from netpol_action.model.risky import rows_having
from netpol_action.model.tally import tally
from netpol_action.origin import UNKNOWN
from netpol_action.required_after import After, required_after, unseen_ends
from netpol_action.sources.coverage import Coverage
from netpol_action.sources.gather import SourceOptions, gather, read_text
from netpol_action.sources.versions import NamingLocator, inputs
from netpol_action.synthesis import SynthesisOptions, scoped, synthesise
from netpol_action.synthesis.header import header_lines
from netpol_action.synthesis.layout import Layout, concerning, files


@dataclass(frozen=True, slots=True)
class InputOptions:
    """What to read, and how. `config_path` empty: the netpol.yaml found in the input, if there is one."""

    paths: tuple[str, ...]
    sources: SourceOptions = field(default_factory=SourceOptions)
    config_path: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The input as values. `locator` finds the line of an origin when a message needs it.

    `coverage` is what the working directory's part of it leads to; nothing, where it is read from a version.
    """

    cluster: Cluster
    config: Config
    locator: Locator
    diagnostics: tuple[Diagnostic, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)


@dataclass(frozen=True, slots=True)
class Generation:
    """What the application requires, and the policies that allow it; `yaml` is the whole as one file."""

    requirements: Requirements
    policies: tuple[GeneratedPolicy, ...]
    cluster: Cluster
    diagnostics: tuple[Diagnostic, ...] = ()

    def yaml(self) -> str:
        """The policies as one manifest with the header that names what is unresolved."""
        return policies_yaml(self.policies, header_lines(self.requirements))

    def files(self, layout: Layout) -> dict[str, str]:
        """The policies in several manifests, by file name; the header of each is about its own workloads."""
        parts = files(self.policies, layout)
        about = concerning(self.requirements, parts)
        return {name: policies_yaml(policies, header_lines(about[name])) for name, policies in parts.items()}


@dataclass(frozen=True, slots=True)
class Checked:
    """What the application requires, and how the policies of the input stand to that."""

    requirements: Requirements
    check: Check
    allowed: ConnectivityMap
    diagnostics: tuple[Diagnostic, ...] = ()

    def refined(self, locator: Locator) -> Check:
        """The findings with their exact lines."""
        return replace(self.check, findings=tuple(each.refined(locator.refine) for each in self.check.findings))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change opens and closes; `diagnostics` are those of both versions, with their lines.

    `unresolved` counts the dependencies of the version after whose other end is not known.
    `errors_before` are those of `diagnostics` that only the version before has.
    `given_up` counts the connections that it closes and that only the netpol.yaml of the version before requires.
    """

    diff: ConnectivityDiff
    diagnostics: tuple[Diagnostic, ...] = ()
    unresolved: int = 0
    given_up: int = 0
    errors_before: frozenset[Diagnostic] = frozenset()


def load(options: InputOptions, stdin: Callable[[], bytes]) -> Loaded:
    """Reads the input. Raises InputError where nothing of it can be used."""
    with inputs(options.paths, options.sources) as given:
        gathered = gather(given.paths, given.options, stdin)
        config_path = given.placed(options.config_path) if options.config_path else gathered.config_path
        config_text = read_text(config_path) if config_path else None
    documents, problems = read(gathered.texts)
    diagnostics = [*given.diagnostics, *gathered.diagnostics, *problems]
    if not documents:
        errors = "\n".join(str(each) for each in diagnostics if each.severity is Severity.ERROR)
        raise InputError(given.named(errors) or f"there are no manifests in {', '.join(options.paths)}")
    config, texts = Config(), gathered.texts
    if config_text:
        config, found = read_config(config_text)
        diagnostics += found
        texts = (*texts, config_text)
    cluster = decode(documents, options.sources.namespace)
    if not cluster.workloads:
        diagnostics.append(
            warning("no-workloads", "the input has no workloads: there is nothing to show or to protect")
        )
    diagnostics = [replace(d, message=given.named(d.message)) for d in (*diagnostics, *cluster.diagnostics)]
    locator = NamingLocator(texts, given.named, given.version)
    return Loaded(cluster, config, locator, tuple(diagnostics), Coverage() if given.version else gathered.coverage)


def nothing(*diagnostics: Diagnostic) -> Loaded:
    """An input without anything in it: what was there before the first manifest."""
    return Loaded(Cluster(), Config(), Locator(()), diagnostics)


def configured(options: EvaluationOptions, loaded: Loaded) -> EvaluationOptions:
    """The options with what netpol.yaml says of the cluster."""
    config = loaded.config
    return replace(options, pod_cidrs=config.pod_cidrs, ingress_controllers=config.ingress_controllers)


def evaluated(loaded: Loaded, cluster: Cluster, options: EvaluationOptions) -> Evaluation:
    """What the policies of `cluster` (the loaded one, or one derived from it) allow."""
    return evaluate(cluster, configured(options, loaded))


def generated(loaded: Loaded, discovery: DiscoveryOptions, synthesis: SynthesisOptions) -> Generation:
    """Finds what the application requires, writes policies for it, and holds them against it once more.

    Raises InputError where there are no workloads: an empty answer would take the place of committed policies.
    """
    if not loaded.cluster.workloads:
        raise InputError("the input has no workloads, so there is nothing to write policies for")
    cluster = without_ours(loaded.cluster)
    synthesis = replace(synthesis, namespaces=loaded.config.namespaces, strictness=loaded.config.strictness)
    requirements = scoped(discover(cluster, loaded.config, discovery), synthesis)
    policies, problems = synthesise(requirements, cluster, synthesis)
    complete = replace(cluster, policies=(*cluster.policies, *(generated.policy for generated in policies)))
    overruled = any(policy.tier is PolicyTier.ADMIN for policy in cluster.policies)
    # Of a name server's ANY_PORT a part may be denied: only one port of it matters, and nobody knows which.
    names = (each for each in name_demands(requirements) if overruled and each.connections != ANY_PORT)
    demands = (*requirements.demands, *names)
    judgements = judge(complete, configured(EvaluationOptions(), loaded), demands)
    blocked = blocked_diagnostics(filter(_is_blocked, judgements))
    return Generation(requirements, policies, complete, (*requirements.diagnostics, *problems, *blocked))


def checked(loaded: Loaded, discovery: DiscoveryOptions, options: EvaluationOptions) -> Checked:
    """Holds what the application requires against the policies of the input, whoever wrote them."""
    scope = SynthesisOptions(namespaces=loaded.config.namespaces, strictness=loaded.config.strictness)
    requirements = scoped(discover(loaded.cluster, loaded.config, discovery), scope)
    return held(loaded, loaded.cluster, requirements, options)


def held(loaded: Loaded, cluster: Cluster, requirements: Requirements, options: EvaluationOptions) -> Checked:
    """Holds requirements against the policies of `cluster` (the loaded one, or one derived from it)."""
    options = configured(options, loaded)
    allowed = evaluate(cluster, options)
    wider = evaluate(cluster, looking_beyond(cluster, options)).map
    judgements = judge(cluster, options, (*requirements.demands, *name_demands(requirements)))
    found = check(cluster, requirements, wider, judgements, options.pod_cidrs)
    # What the evaluation says of blocked exposures is among the findings, with the reasons.
    further = (each for each in allowed.diagnostics if each.rule != "blocked-exposure")
    return Checked(requirements, found, allowed.map, (*requirements.diagnostics, *further))


def compared(before: Loaded, after: Loaded, options: EvaluationOptions) -> Comparison:
    """What the change from one input to the other opens and closes.

    What netpol.yaml says of the cluster is taken from the version before, if it has one: a change cannot lay down by
    which rules it is looked at. For the same reason the application requires, after the change, what either version of
    netpol.yaml says of it: taking a dependency out does not hide that the change closes it.
    """
    ruling = before if before.config.origin != UNKNOWN else after
    options = configured(options, ruling)
    requirements = discover(after.cluster, after.config, DiscoveryOptions())
    earlier = _required_before_only(before.config, after, requirements)
    beyond = compared_beyond(
        (before.cluster, after.cluster), unseen_ends(requirements) | unseen_ends(earlier), options.ingress_controllers
    )
    maps = [
        evaluate(side.cluster, replace(options, told_apart=other.cluster.policies, beyond=beyond))
        for side, other in ((before, after), (after, before))
    ]
    later = After(after.cluster, options, beyond, maps[1].controllers)
    demands, earlier_demands = (tuple(required_after(later, each)) for each in (requirements, earlier))
    given_up = diff(maps[0].map, maps[1].map, earlier_demands) if earlier_demands else ConnectivityDiff()
    closed = tally(given_up).risks.get(Risk.CLOSED_REQUIRED, 0)
    earlier_found = refined((*before.diagnostics, *maps[0].diagnostics), before.locator)
    later_found = refined((*after.diagnostics, *maps[1].diagnostics, *requirements.diagnostics), after.locator)
    changed = _changed_config(before.config, after.config, given_up, closed)
    found = refined((*earlier_found, *later_found, *changed), Locator(()))
    errors = {each for each in earlier_found if each.severity is Severity.ERROR}
    causes = Causes(*(Version(side.cluster, side.locator.refine) for side in (before, after)))
    difference = diff(maps[0].map, maps[1].map, (*demands, *earlier_demands), causes, beyond)
    return Comparison(
        difference, found, len(requirements.unresolved), closed, frozenset(errors.difference(later_found))
    )


def _required_before_only(config: Config, after: Loaded, known: Requirements) -> Requirements:
    """What the manifests after the change require by the netpol.yaml before it, beyond what is known."""
    if config == after.config:
        return Requirements()
    required: dict[tuple[Endpoint, Endpoint], ConnectionSet] = {}
    for each in known.demands:
        ends = (each.source, each.destination)
        required[ends] = required.get(ends, NOTHING) | each.connections
    found = discover(after.cluster, config, DiscoveryOptions())
    rest = (
        replace(each, connections=each.connections - required.get((each.source, each.destination), NOTHING))
        for each in found.demands
    )
    return replace(found, demands=tuple(each for each in rest if each.connections), unresolved=())


def _changed_config(before: Config, after: Config, given_up: ConnectivityDiff, closed: int) -> Iterator[Diagnostic]:
    """`given_up` marks as required what only the version before requires; of that, `closed` connections are closed."""
    if before == after or (before.origin == UNKNOWN and not closed):
        return
    more = ""
    if closed:
        row = next(rows_having(given_up, Risk.CLOSED_REQUIRED))
        rest = f" and {closed - 1} more" if closed > 1 else ""
        first = f"{row.source} to {row.destination} ({row.change.broken})"
        more = f"; closed, and required only by the version before: {first}{rest}"
    yield warning(
        "changed-configuration",
        "netpol.yaml differs between the two versions: what it says of the cluster (podCIDRs, ingressControllers) is "
        f"taken from the version before, and what either version requires counts as required{more}",
        after.origin if after.origin != UNKNOWN else before.origin,
    )


def _is_blocked(judgement: Judgement) -> bool:
    """Whether generated policies do not allow what they were written for.

    Ends without a name that policies know are left to what synthesis says of them, unless admin policies overrule it.
    """
    demand = judgement.demand
    named = all(isinstance(end, Workload | IpBlock) for end in (demand.source, demand.destination))
    return named or any(side.steps[-1].tier is PolicyTier.ADMIN for side in judgement.sides)


def without_policies(cluster: Cluster) -> Cluster:
    """The same cluster, wide open."""
    return replace(cluster, policies=())


def without_ours(cluster: Cluster) -> Cluster:
    """The same cluster without the policies that this program wrote: what a new generation starts from."""
    return replace(cluster, policies=tuple(policy for policy in cluster.policies if not is_ours(policy.labels)))


def is_ours(labels: Labels) -> bool:
    """Whether a policy's labels say that this program wrote it."""
    return labels.get(MANAGED_BY_LABEL) == MANAGED_BY


def placed(requirements: Requirements, locator: Locator) -> Requirements:
    """The requirements with the exact line of each piece of evidence."""

    def exact(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(replace(each, origin=locator.refine(each.origin)) for each in evidence)

    return replace(
        requirements,
        demands=tuple(replace(each, evidence=exact(each.evidence)) for each in requirements.demands),
        candidates=tuple(replace(each, evidence=exact(each.evidence)) for each in requirements.candidates),
        unresolved=tuple(replace(each, evidence=exact(each.evidence)) for each in requirements.unresolved),
        assumptions=tuple(replace(each, evidence=exact(each.evidence)) for each in requirements.assumptions),
    )


def refined(diagnostics: Iterable[Diagnostic], locator: Locator) -> tuple[Diagnostic, ...]:
    """The diagnostics with the exact line of each, without repetition, errors first, in the order of the input."""
    placed = {replace(d, origin=locator.refine(d.origin)) for d in diagnostics}
    order = list(Severity)
    return tuple(
        sorted(
            placed,
            key=lambda d: (order.index(d.severity), d.origin.path, d.origin.document, d.origin.line, d.rule, d.message),
        )
    )
