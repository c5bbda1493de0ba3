"""Realistic runs for tests of formats."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zlib import crc32

from flowsync.analysis.comparison import Commit, Comparison, FlowComparison, FlowStatus, Group, Side
from flowsync.analysis.model import Consequence, Effect, Finding, Verb
from flowsync.diff.document_diff import compare_documents
from flowsync.diff.graph_diff import compare_graphs
from flowsync.diff.model import Added, Change, Changed, Rekeyed, Removed
from flowsync.errors import ConfigError
from flowsync.flow.field_types import Impact, Subject
from flowsync.flow.values import Record
from flowsync.report.result import RunResult
from flowsync.schedule.timetable import Timetable

HOSTILE = (
    'a"];b-->c',
    "end",
    "<script>alert(1)</script>",
    "</script><style>*{display:none}",
    "<img src=x onerror=alert(1)>",
    "'\" onmouseover=alert(1) x='",
    "subgraph",
    "%%{init: {}}%%",
    "#quot; #35; &amp; &#60;",
    "`**bold** _x_`",
    "1. one",
    "- list",
    "ﬂ°°35¶ß",
    "line\nbreak\r\n\ttab",
    "\u202eright to left\u202c\x00\x1b[31m",
    "click n0 href x",
    "]]>-->",
    "{{x}}|y|",
    "日本語の名前 ☃ 😀",
    " ",
    "",
    "x" * 500,
    "style n0 fill:#000;",
    "@{ shape: x }",
    "\ud7ff\ufffe",
    "a\\u202eb",
)
"""Names that have an effect if they are not escaped."""

_KINDS = {
    "cron": (Subject.SCHEDULE, Impact.BEHAVIOUR),
    "owners": (Subject.OWNER, Impact.BREAKING),
    "visitors": (Subject.VISITOR, Impact.COSMETIC),
    "desc": (Subject.DESCRIPTION, Impact.COSMETIC),
    "relations": (Subject.RELATION, Impact.BREAKING),
    "taskLinks": (Subject.LINK, Impact.BREAKING),
    "tasks": (Subject.TASK, Impact.BEHAVIOUR),
}


def finding(change: Change, sentence: str = "") -> Finding:
    """Return a finding with plausible values."""
    subject, impact = _KINDS.get(change.path.split("/")[1], (Subject.SETTINGS, Impact.BEHAVIOUR))
    verb = Verb.CHANGED
    match change:
        case Added():
            verb, impact = Verb.ADDED, Impact.BEHAVIOUR
        case Removed():
            verb, impact = Verb.REMOVED, Impact.BREAKING
        case Rekeyed():
            verb = Verb.RENAMED
        case _ if change.path.endswith("/cmd"):
            subject = Subject.BODY
    text = sentence or f"{change.path.rsplit('=', 1)[-1].replace('/', ': ')} {verb}"
    return Finding(subject, verb, change, impact, text, f"{crc32(f'{change.path} {verb}'.encode()):032x}")


def task(name: str, cmd: str = "./run.sh", **more: object) -> Record:
    mode = {"taskMode": 1, "cpu": 0.5, "memory": 1}
    settings = {"type": "COMMAND", "cmd": cmd, "runMode": mode, "timeout": 300, "retryLimit": 3}
    return {"name": name, **settings, **more}  # type: ignore[dict-item]


def document(tasks: Iterable[Record], relations: Iterable[tuple[str, str]], **more: object) -> Record:
    joined = [{"sourceTaskName": one, "targetTaskName": other, "rerun": True} for one, other in relations]
    start: Record = {"format": 1, "flowId": 2924, "name": "nFlow", "cron": "0 0 0 * * ? *"}
    rest = {"tasks": sorted(tasks, key=lambda one: str(one["name"])), "relations": joined}
    return {**start, **rest, "flowLinks": [], "taskLinks": [], **more}  # type: ignore[dict-item]


def verdict(before: Record, after: Record, flow_id: int = 2924, name: str = "nFlow") -> FlowComparison:
    found = compare_documents(before, after)
    return FlowComparison(
        "prod",
        flow_id,
        name,
        FlowStatus.CHANGED,
        file=f"flows/prod/{name}.{flow_id}.yaml",
        directory="Workflow/etl",
        findings=tuple(finding(change) for change in found),
        graph=compare_graphs(before, after, found),
    )


def diff(*flows: FlowComparison, checked: int = 412, **more: object) -> RunResult:
    return RunResult("diff", (Comparison(Side("HEAD~1"), Side("HEAD"), flows, checked, **more),))  # type: ignore[arg-type]


BODY = "\n".join(
    [
        "set -euo pipefail",
        "export TZ=Asia/Shanghai",
        *(f"./load.sh dw.fact_{number} --from ods.t_{number} --where dt=${{cal_dt}}" for number in range(40)),
        "echo done",
        "",
    ]
)


def small_edit() -> RunResult:
    """Return a run that changes two lines of a script, the schedule, and an owner."""
    before = document([task("load", BODY), task("report")], [("load", "report")], owners=["li.wei", "ana"])
    body = BODY.replace("ods.t_7 --where", "ods.t_7 --site hami --where").replace(
        "echo done", "echo finished"
    )
    after = document(
        [task("load", body), task("report")],
        [("load", "report")],
        cron="0 30 2 ? * MON-FRI *",
        owners=["ana"],
    )
    flow = verdict(before, after)
    return diff(replace(flow, findings=tuple(map(_with_sentence, flow.findings))))


def _with_sentence(one: Finding) -> Finding:
    since = datetime(2026, 11, 24, 3)  # noqa: DTZ001 - the server's wall clock
    days = tuple(since.replace(hour=0) + timedelta(days=day) for day in (1, 2, 3))
    later = tuple(since.replace(hour=2, minute=30) + timedelta(days=day) for day in (1, 2, 3))
    match one.subject:
        case Subject.SCHEDULE:
            tables = (
                Timetable("every day at 00:00", 7.0, days, since),
                Timetable("weekdays at 02:30", 5.0, later, since),
            )
            text = "schedule: every day at 00:00 → weekdays at 02:30 (7 → 5 runs a week)"
            return replace(one, sentence=text, timetables=tables)
        case Subject.BODY:
            effect = Effect(Consequence.DOWNSTREAM, ("report",), "it runs before 1 task: report")
            return replace(one, sentence="task load: command changed (2 lines of 43)", effects=(effect,))
        case Subject.OWNER:
            return replace(one, sentence="owner li.wei removed")
        case _:
            return one


def rename_and_split() -> RunResult:
    """Return twelve tasks: one renamed, one inserted between two others, one removed, one changed."""
    names = ["fetch", "clean", "join", "load", "check", "score", "rank", "export", "notify", "audit", "index"]
    pairs = [("fetch", "clean"), ("fetch", "audit"), ("clean", "join"), ("join", "load"), ("load", "check")]
    pairs += [
        ("check", "score"),
        ("score", "rank"),
        ("rank", "export"),
        ("export", "notify"),
        ("load", "index"),
    ]
    old = [(one, other) for one, other in [*pairs, ("old", "join"), ("fetch", "notify")]]
    bodies = {
        name: f"./{name}.sh --dt ${{cal_dt}}\n./after_{name}.sh\n# {name * 3}\n" for name in [*names, "old"]
    }
    before = document([task(name, bodies[name]) for name in [*names, "old"]], old)
    renamed = {"load": "load_to_warehouse"}
    after_pairs = [(renamed.get(one, one), renamed.get(other, other)) for one, other in pairs]
    split = [pair for pair in after_pairs if pair != ("clean", "join")]
    split += [("clean", "deduplicate"), ("deduplicate", "join"), ("fetch", "notify")]
    tasks = [
        task(renamed.get(name, name), bodies[name], timeout=900 if name == "score" else 300) for name in names
    ]
    after = document([*tasks, task("deduplicate", "./dedup.sh --keys site,dt")], split)
    return diff(verdict(before, after), checked=1)


def large(count: int = 300) -> RunResult:
    """Return this number of tasks in layers, with a few changed ones."""
    pairs = [(max(0, number - 9 - number % 7), number) for number in range(9, count)]
    pairs += [(number - 14, number) for number in range(20, count, 5)]
    names = [f"step_{number:03d}" for number in range(count)]
    relations = [(names[one], names[other]) for one, other in dict.fromkeys(pairs)]
    before = document([task(name, f"./{name}.sh") for name in names], relations)
    tasks = [
        task(name, f"./{name}.sh", timeout=900 if name.endswith("77") else 300)
        for name in names
        if name != "step_120"
    ]
    kept = [pair for pair in relations if "step_120" not in pair]
    return diff(verdict(before, document(tasks, kept)), checked=1)


def history() -> RunResult:
    """Return a history of three commits."""
    runs = [small_edit(), rename_and_split(), small_edit()]
    commits = [
        Commit("4f2a91c07d1e4a5b", "2026-11-23T02:00:00+08:00", "flowsync", "sync(prod): 1 changed, 0 added"),
        Commit("b7c1d00f22aa4e11", "2026-11-20T02:00:00+08:00", "Li Wei", "Split the join, rename load"),
        Commit("09aa8f3e5d6c7b80", "2026-11-02T02:00:00+08:00", "flowsync", "sync(prod): 1 changed, 0 added"),
    ]
    comparisons = (
        replace(
            run.comparisons[0],
            commit=commit,
            before=Side(f"{commit.id}^", "d0" * 8),
            after=Side(commit.id, commit.id),
        )
        for run, commit in zip(runs, commits, strict=True)
    )
    return RunResult("log", tuple(comparisons))


def incomplete() -> RunResult:
    """Return a run with two unknown flows, one missing flow and one new flow."""
    (flow,) = small_edit().comparisons[0].flows
    others = (
        FlowComparison(
            "prod", 3001, "meter_readings", FlowStatus.UNKNOWN, reason="the gateway answered 502 three times"
        ),
        FlowComparison("prod", 3002, "", FlowStatus.UNKNOWN, reason="the answer is cut short"),
        FlowComparison(
            "prod", 3003, "old_report", FlowStatus.MISSING, reason="the platform does not know it"
        ),
        FlowComparison("prod", 3004, "new_report", FlowStatus.NEW, file="flows/prod/new_report.3004.yaml"),
    )
    run = diff(flow, *others)
    return replace(run, command="drift", exit_status=3)


def nothing() -> RunResult:
    """Return a complete run without differences."""
    return diff()


def failed() -> RunResult:
    """Return a run that failed at its start."""
    problems = ("flowsync.yaml:3: unknown key `gatway`, did you mean `gateway`?", "flowsync.yaml:9: no flows")
    error = ConfigError("flowsync.yaml can't be used", problems=problems, hint="fix these lines")
    return RunResult("drift", (), exit_status=1, error=error)


def many(flows: int = 400, findings: int = 5) -> RunResult:
    """Return thousands of findings, one of which is the same in every flow."""
    verdicts = [_busy(number, findings) for number in range(flows)]
    members = tuple((one, one.findings[0]) for one in verdicts)
    first = members[0][1]
    sentence = f"retryInterval 0 → 60 on {flows} tasks in {flows} flows"
    group = Group(sentence, first.subject, first.verb, first.impact, first.fingerprint, members)
    return diff(*verdicts, checked=10_000, groups=(group,))


def _busy(number: int, findings: int) -> FlowComparison:
    shared = finding(Changed("/tasks/name=load/retryInterval", 0, 60), "task load: retryInterval 0 → 60")
    kinds = ("desc", "tasks", "cron", "owners", "relations")
    own = tuple(
        finding(Changed(f"/{kinds[at % 5]}/x{number}", number, at), f"change {at} of flow {number}")
        for at in range(findings - 1)
    )
    return FlowComparison(
        "prod", 4000 + number, f"flow_{number}", FlowStatus.CHANGED, findings=(shared, *own)
    )


def hostile(names: Sequence[str] = HOSTILE) -> RunResult:
    """Return a report with hostile names in every place."""
    flows = [_hostile_flow(name, number) for number, name in enumerate(names)]
    members = tuple((flow, flow.findings[0]) for flow in flows)
    group = Group(names[0], Subject.TASK, Verb.CHANGED, Impact.COSMETIC, "0" * 32, members)
    commit = Commit(names[0], names[1], names[2], names[3])
    return RunResult(
        "log",
        (Comparison(Side(names[0]), Side(names[2]), tuple(flows), len(flows), (group,), commit),),
        context=1,
    )


def _hostile_flow(name: str, number: int) -> FlowComparison:
    before = document(
        [task(name), task(f"{name}-old"), task("first")], [("first", name), (f"{name}-old", name)]
    )
    after = document(
        [task(name, f"{name}\n{name}"), task(f"{name}-new"), task("first")],
        [("first", f"{name}-new"), (name, f"{name}-new"), (name, name)],
        desc=name,
        owners=[name],
    )
    flow = verdict(before, after, number, name)
    edit = finding(Changed("/tasks/name=x/cmd", f"{name}\n{name}\na", f"b{name}\n{name}\n"), name)
    effect = Effect(Consequence.DOWNSTREAM, (name,), name)
    since = datetime(2026, 11, 24)  # noqa: DTZ001 - the server's wall clock
    edit = replace(edit, effects=(effect,), timetables=(Timetable(name, None, (), since), None))
    shared = finding(Changed("/desc", name, [name, {name: name}]), name)
    findings = (shared, *(replace(one, sentence=name) for one in flow.findings), edit)
    return replace(flow, environment=name, file=name, directory=name, reason=name, findings=findings)


ALL: dict[str, Callable[[], RunResult]] = {
    "small-edit": small_edit,
    "rename-and-split": rename_and_split,
    "large": large,
    "neighbourhood": lambda: large(1_000),
    "history": history,
    "incomplete": incomplete,
    "nothing": nothing,
    "failed": failed,
    "many": many,
    "hostile": hostile,
}
"""All runs by name."""
