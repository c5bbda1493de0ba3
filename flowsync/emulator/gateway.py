"""The state of the emulator: the organisations, and the active faults and noise."""

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from threading import RLock
from typing import TypeVar

from flowsync.emulator.faults import Fault, fault_from
from flowsync.emulator.organisation import Export, Organisation, with_flow
from flowsync.emulator.patch import apply_patch
from flowsync.emulator.references import change_with_references
from flowsync.emulator.tokens import TokenDesk
from flowsync.errors import FlowsyncError

_LOG_LENGTH = 100_000

T = TypeVar("T")


class NotFoundError(FlowsyncError):
    """The emulator does not contain this organisation or flow."""


@dataclass(frozen=True)
class RequestRecord:
    """One request to the platform. `fault` is the kind of fault in its response, "" for none."""

    method: str
    action: str
    flow_id: int | None
    status: int = 200
    fault: str = ""


class Gateway:
    """Everything that changes while the emulator runs; thread-safe.

    `clock` returns seconds since the epoch. `url` is set when a server accepts requests for this gateway.
    Organisations and exports are values: a change replaces them.
    """

    def __init__(self, organisations: Sequence[Organisation], *, clock: Callable[[], float]) -> None:
        self.url = ""
        self.tokens = TokenDesk({one.app_key: one.app_secret for one in organisations})
        self._organisations = {organisation.org_id: organisation for organisation in organisations}
        self._clock = clock
        self._lock = RLock()
        self._skew_seconds = 0.0
        self._noise_seed: int | None = None
        self._noisy_responses = 0
        self._faults: list[Fault] = []
        self._requests: deque[RequestRecord] = deque(maxlen=_LOG_LENGTH)

    # Flows

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        return tuple(self._organisations.values())

    def find(self, org_id: str | None) -> Organisation | None:
        return self._organisations.get(org_id or "")

    def flow(self, org_id: str, flow_id: int) -> Export:
        """Return the export of a flow; raises NotFoundError."""
        organisation = self.find(org_id)
        if organisation is None:
            raise NotFoundError(f"the emulator has no organisation {org_id}")
        return _flow(organisation, flow_id)

    def write(self, org_id: str, change: Callable[[Organisation], tuple[Organisation, T]]) -> T:
        """Replace an organisation by the first value that `change` returns, atomically; return the second.

        References follow a renamed flow or task, as in the console. Raises NotFoundError for an unknown
        organisation.
        """
        with self._lock:
            before = self.find(org_id)
            if before is None:
                raise NotFoundError(f"the emulator has no organisation {org_id}")
            self._organisations[org_id], value = change_with_references(before, change)
            return value

    def put_flow(self, org_id: str, flow_id: int, export: Mapping[str, object]) -> None:
        retained = copy.deepcopy(dict(export))
        self.write(org_id, lambda organisation: (with_flow(organisation, flow_id, retained), None))

    def put_flows(self, org_id: str, flows: Mapping[int, Mapping[str, object]]) -> None:
        """Replace all flows of the organisation."""
        retained = {flow_id: copy.deepcopy(dict(export)) for flow_id, export in flows.items()}
        self.write(org_id, lambda organisation: (replace(organisation, flows=retained), None))

    def delete_flow(self, org_id: str, flow_id: int) -> Export:
        """Delete a flow and return its last export."""

        def change(organisation: Organisation) -> tuple[Organisation, Export]:
            deleted = _flow(organisation, flow_id)
            remaining = {other: organisation.flows[other] for other in organisation.flows.keys() - {flow_id}}
            return replace(organisation, flows=remaining), deleted

        return self.write(org_id, change)

    def edit(self, org_id: str, flow_id: int, patch: object) -> Export:
        """Apply a JSON Patch, whose pointers may continue inside JSON text, and return the export.

        Raises FlowsyncError if the patch does not apply.
        """

        def change(organisation: Organisation) -> tuple[Organisation, None]:
            edited = apply_patch(_flow(organisation, flow_id), copy.deepcopy(patch))
            if not isinstance(edited, dict):
                raise FlowsyncError("the patch does not apply: an export is an object")
            return with_flow(organisation, flow_id, edited), None

        with self._lock:
            self.write(org_id, change)
            return self.flow(org_id, flow_id)

    # Time, noise and faults

    def now(self) -> float:
        return self._clock() + self._skew_seconds

    def skew_clock(self, seconds: float) -> None:
        """Shift the platform's clock."""
        self._skew_seconds = seconds

    def noise(self, *, on: bool, seed: int = 0) -> None:
        """Switch noise on or off; the same seed gives the same sequence of noisy responses."""
        with self._lock:
            self._noise_seed, self._noisy_responses = seed if on else None, 0

    def noise_generator(self) -> Random | None:
        """Return a new random generator for each response; None while noise is off."""
        with self._lock:
            if self._noise_seed is None:
                return None
            self._noisy_responses += 1
            return Random(f"{self._noise_seed} {self._noisy_responses}")  # noqa: S311 (not for secrets)

    def fault(self, kind: str = "", /, **settings: object) -> None:
        """Add a fault; the keywords are the fields of `faults.Fault`."""
        fault = fault_from({"kind": kind, **settings})
        with self._lock:
            self._faults.append(fault)

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def take_fault(self, action: str, flow_id: int | None) -> Fault | None:
        """Return the first fault that matches this request, and count it."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.matches(action, flow_id):
                    self._faults[index : index + 1] = fault.remaining()
                    return fault
        return None

    def expire_tokens(self) -> None:
        self.tokens.expire_all()

    # Requests

    def record(self, request: RequestRecord) -> None:
        self._requests.append(request)

    def requests(self) -> list[RequestRecord]:
        """Return all requests to the platform's services, oldest first; the last 100,000 are kept."""
        return list(self._requests)

    def forget_requests(self) -> None:
        self._requests.clear()


def _flow(organisation: Organisation, flow_id: int) -> Export:
    if flow_id not in organisation.flows:
        raise NotFoundError(f"organisation {organisation.org_id} has no flow {flow_id}")
    return organisation.flows[flow_id]
