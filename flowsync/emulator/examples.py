"""Commands that change the emulated platform, so that a drift finds something."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flowsync.emulator.organisation import Organisation, flow_name

_CRONS: Final = ("0 30 5 * * ? *", "0 45 5 * * ? *")


@dataclass(frozen=True)
class Example:
    """A shell command, and a sentence about what it changes and what flowsync reports then."""

    sentence: str
    command: str


def examples_text(url: str, organisations: Sequence[Organisation]) -> str:
    """Return the examples for a shell, each under a comment."""
    lines = ["# try next: run flowsync sync, then one of these lines, then flowsync drift"]
    for example in examples(url, organisations):
        lines += [f"# {example.sentence}", example.command]
    return "\n".join([*lines, ""])


def examples(url: str, organisations: Sequence[Organisation]) -> Iterator[Example]:
    """Yield the examples, with flows of the last organisation that has some."""
    control = f"{url}/_control"
    last = next((one for one in reversed(organisations) if _flow_ids(one)), None)
    if last is not None:
        yield from _flow_examples(control, last)
    yield Example(
        "send all flows in another order and notation (noise): drift reports no change",
        _curl("POST", f"{control}/noise", {"on": True}),
    )
    yield Example("end the noise: drift reports no change", _curl("POST", f"{control}/noise", {"on": False}))


def _flow_examples(control: str, organisation: Organisation) -> Iterator[Example]:
    edited, *others = _flow_ids(organisation)
    flows = f"{control}/organisations/{organisation.org_id}/flows"
    cron = next(cron for cron in _CRONS if cron != organisation.flows[edited].get("cron"))
    yield Example(
        f"move the schedule of {_label(organisation, edited)}: drift reports it as changed",
        _curl("POST", f"{flows}/{edited}/edit", [{"op": "add", "path": "/cron", "value": cron}]),
    )
    if len(others) > 1:
        failing, *_, deleted = others
        fault = {"kind": "code", "code": 62103, "message": "No privilege", "flowId": failing, "count": None}
        yield Example(
            f"delete {_label(organisation, deleted)}: drift reports it as missing",
            _curl("DELETE", f"{flows}/{deleted}"),
        )
        yield Example(
            f"refuse to export {_label(organisation, failing)}: drift reports it as unknown and exits with 3",
            _curl("POST", f"{control}/faults", fault),
        )
        yield Example(
            "export it again: drift does not report it as unknown any more",
            _curl("DELETE", f"{control}/faults"),
        )


def _flow_ids(organisation: Organisation) -> list[int]:
    """Return the flows that an export returns, in order."""
    return sorted(organisation.flows.keys() - organisation.hidden)


def _label(organisation: Organisation, flow_id: int) -> str:
    name = " ".join(flow_name(flow_id, organisation.flows[flow_id]).split())  # on one line
    return f"{organisation.name} {flow_id} {name}"


def _curl(method: str, url: str, body: object = None) -> str:
    data = ["-d", json.dumps(body)] if body is not None else []
    return shlex.join(["curl", "-fsS", "-o", "/dev/null", "-X", method, url, *data])
