"""The state of the emulator: what the platform contains now, and which faults and noise are active."""

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from threading import RLock

from flowsync.emulator.api_read import directory_nodes
from flowsync.emulator.faults import Fault, take_fault
from flowsync.emulator.following import changed_with_followers
from flowsync.emulator.noise import noisy_directories, noisy_export, noisy_keys
from flowsync.emulator.organisation import Export, Organisation, with_flow, without_flow
from flowsync.emulator.patch import apply_patch
from flowsync.emulator.responses import encode_json, envelope
from flowsync.emulator.tokens import TokenDesk
from flowsync.errors import FlowsyncError

_LOG_LENGTH = 100_000


@dataclass(frozen=True)
class RequestRecord:
    """One request to the platform. `fault` is the kind of the fault it met, "" for none."""

    method: str
    action: str
    flow_id: int | None
    status: int
    fault: str = ""


class Gateway:
    """Everything that changes while the emulator runs; thread-safe.

    `clock` returns seconds since the epoch. Organisations and exports are values: a change replaces them.
    Responses to export are cached as bytes until the flow changes.
    """

    def __init__(
        self,
        organisations: Sequence[Organisation],
        *,
        clock: Callable[[], float],
        token_seconds: int = 7200,
        watch: Callable[[RequestRecord], None] | None = None,
    ) -> None:
        secrets = {organisation.app_key: organisation.app_secret for organisation in organisations}
        self.tokens = TokenDesk(secrets, seconds=token_seconds)
        self._organisations = {organisation.org_id: organisation for organisation in organisations}
        self._clock = clock
        self._watch = watch
        self._lock = RLock()
        self._skew_seconds = 0.0
        self._answers: dict[tuple[str, int], tuple[Export, bytes]] = {}
        self._noise_seed: int | None = None
        self._noisy_answers = 0
        self._faults: tuple[Fault, ...] = ()
        self._requests: deque[RequestRecord] = deque(maxlen=_LOG_LENGTH)

    # State

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        return tuple(self._organisations.values())

    def organisation(self, org_id: str | None) -> Organisation | None:
        return self._organisations.get(org_id or "")

    def update(self, org_id: str, change: Callable[[Organisation], Organisation]) -> Organisation:
        """Replace an organisation by `change(organisation)` atomically.

        References follow a renamed flow or task, as in the console. Raises FlowsyncError for an unknown
        organisation.
        """
        with self._lock:
            if org_id not in self._organisations:
                raise FlowsyncError(f"the emulator has no organisation {org_id}")
            after = changed_with_followers(self._organisations[org_id], change)
            self._organisations[org_id] = after
            return after

    def put_flow(self, org_id: str, flow_id: int, export: Mapping[str, object]) -> None:
        retained = copy.deepcopy(dict(export))
        self.update(org_id, lambda organisation: with_flow(organisation, flow_id, retained))

    def put_flows(self, org_id: str, flows: Mapping[int, Mapping[str, object]]) -> None:
        """Replace all flows of the organisation."""
        retained = {flow_id: copy.deepcopy(dict(export)) for flow_id, export in flows.items()}
        self.update(org_id, lambda organisation: replace(organisation, flows=retained))

    def delete_flow(self, org_id: str, flow_id: int) -> None:
        def change(organisation: Organisation) -> Organisation:
            _find_flow(organisation, flow_id)
            return without_flow(organisation, flow_id)

        self.update(org_id, change)

    def edit(self, org_id: str, flow_id: int, patch: object) -> Export:
        """Apply a JSON Patch to a flow and return its export; raises FlowsyncError if it does not apply."""

        def change(organisation: Organisation) -> Organisation:
            edited = apply_patch(_find_flow(organisation, flow_id), copy.deepcopy(patch))
            if not isinstance(edited, dict):
                raise FlowsyncError("the patch does not apply: an export is an object")
            return with_flow(organisation, flow_id, edited)

        return self.update(org_id, change).flows[flow_id]

    # Responses

    def now(self) -> float:
        return self._clock() + self._skew_seconds

    def export_answer(self, org_id: str, flow_id: int) -> bytes:
        """Return the whole response to an export of a known flow, with noise if it is switched on."""
        export = self._organisations[org_id].flows[flow_id]
        if (rng := self._random()) is not None:
            return encode_json(noisy_keys(envelope(noisy_export(export, rng)), rng))
        of_export, answer = self._answers.get((org_id, flow_id), (None, b""))
        if of_export is not export:  # an edit puts another export in its place
            answer = encode_json(envelope(export))
            self._answers[org_id, flow_id] = (export, answer)
        return answer

    def directory_answer(self, organisation: Organisation) -> bytes:
        nodes, rng = directory_nodes(organisation), self._random()
        return encode_json(envelope(nodes if rng is None else noisy_directories(nodes, rng)))

    # Faults and noise

    def noise(self, *, on: bool, seed: int = 0) -> None:
        """Switch noise on or off; the same seed gives the same sequence of noisy responses."""
        with self._lock:
            self._noise_seed, self._noisy_answers = seed if on else None, 0

    def _random(self) -> Random | None:
        """Return a new random generator for each response; None while noise is off."""
        with self._lock:
            if self._noise_seed is None:
                return None
            self._noisy_answers += 1
            return Random(f"{self._noise_seed} {self._noisy_answers}")  # noqa: S311 (shuffles, hides nothing)

    def add_fault(self, fault: Fault) -> None:
        with self._lock:
            self._faults = (*self._faults, fault)

    def clear_faults(self) -> None:
        with self._lock:
            self._faults = ()

    def take_fault(self, action: str, flow_id: int | None) -> Fault | None:
        """Return the fault for this request, and count it."""
        if not self._faults:
            return None
        with self._lock:
            fault, self._faults = take_fault(self._faults, action, flow_id)
            return fault

    def expire_tokens(self) -> None:
        self.tokens.expire_all()

    def skew_clock(self, seconds: float) -> None:
        """Shift the platform's clock."""
        self._skew_seconds = seconds

    # Requests

    def record(self, request: RequestRecord) -> None:
        self._requests.append(request)
        if self._watch is not None:
            self._watch(request)

    def requests(self) -> list[RequestRecord]:
        """All requests to the platform's services, oldest first; the last 100,000 are kept."""
        return list(self._requests)

    def forget_requests(self) -> None:
        self._requests.clear()


def _find_flow(organisation: Organisation, flow_id: int) -> Export:
    if flow_id not in organisation.flows:
        raise FlowsyncError(f"organisation {organisation.org_id} has no flow {flow_id}")
    return organisation.flows[flow_id]
