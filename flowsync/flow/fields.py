"""The field table: every documented field of a flow, one row each; everything else is derived from it.

Source of names, ranges and enumerations: the EnOS Batch Processing Service v2.1 pages, "Export Flow".
"""

from typing import Final

from flowsync.flow.field_types import Field, Impact, Kind, Shape, Struct, Subject, Words, list_field

_SYNC_TYPE: Final[Words] = {0: "file synchronisation", 1: "data synchronisation"}

_TASK_TYPE: Final[Words] = dict(
    enumerate(
        (
            *("data integration", "wormhole", "calculate", "shell", "canaan", "hive", "map-reduce"),
            *("data synchronisation", "Python", "external app"),
        )
    )
)

RUN_MODE: Final = Struct(
    "RunMode",
    (
        Field("taskMode", Shape.INTEGER, "How the task runs", words={1: "single task", 2: "multiple tasks"}),
        Field("cpu", Shape.NUMBER, "CPU cores for each (sub-)task", minimum=0.1, maximum=2),
        Field("memory", Shape.NUMBER, "Memory for each (sub-)task, in GB", minimum=0.3, maximum=4),
        Field("maxParallel", Shape.INTEGER, "Sub-tasks that run at once, with multiple tasks", minimum=0),
        Field(
            "keyType",
            Shape.INTEGER,
            "Source of the distribution key, with multiple tasks; 0 if unused",
            words={1: "external file", 2: "custom key"},
            unset=0,
        ),
        Field(
            "datasourceId",
            Shape.ID,
            "Registered data source of the key file; 0 if none",
            lenient=True,
            environment_specific=True,
        ),
        Field("path", Shape.TEXT, "Path of the key file in the data source", environment_specific=True),
        Field("content", Shape.TEXT, "The distribution key itself, if it is a custom one"),
    ),
    Subject.RUN_MODE,
)

TASK: Final = Struct(
    "Task",
    (
        Field("name", Shape.TEXT, "Task name, unique within the flow", kind=Kind.IDENTITY),
        Field(
            "type",
            Shape.INTEGER,
            "Task type; text and number are kept as sent: no page maps one to the other",
            words=_TASK_TYPE,
            lenient=True,
            spellings=frozenset({"COMMAND", "Shell", "DATA_INTEGRATION"}),
            impact=Impact.BREAKING,
        ),
        Field("cmd", Shape.TEXT, "Command, byte for byte; the platform fills in ${...}", Subject.BODY),
        Field(
            "runMode",
            Shape.RUN_MODE,
            "How and with which resources the task runs",
            Subject.RUN_MODE,
            entries=RUN_MODE,
            lenient=True,
        ),
        Field("resource", Shape.TEXT, "Resource the task runs on", environment_specific=True),
        Field("filePackage", Shape.TEXT, "Location of the task's files", environment_specific=True),
        Field("cron", Shape.CRON, "Schedule of the task; empty if the flow's applies", Subject.SCHEDULE),
        Field("syncType", Shape.INTEGER, "What the task synchronises", words=_SYNC_TYPE),
        Field("priorityLevel", Shape.INTEGER, "Priority of the task", minimum=0),
        Field("timeout", Shape.INTEGER, "Time limit; the platform documents no unit", minimum=0),
        Field("retryLimit", Shape.INTEGER, "How often a failed task is run again", minimum=0),
        Field("retryInterval", Shape.INTEGER, "Wait between runs; no unit is documented", minimum=0),
        Field("successCode", Shape.TEXT, "Exit code that counts as success"),
        Field("submitter", Shape.TEXT, "Big-data account of the task", environment_specific=True),
        Field("asLink", Shape.BOOLEAN, "Whether other flows may depend on this task"),
    ),
    Subject.TASK,
)

RELATION: Final = Struct(
    "Relation",
    (
        Field("sourceTaskName", Shape.TEXT, "Upstream task", kind=Kind.IDENTITY),
        Field("targetTaskName", Shape.TEXT, "Downstream task", kind=Kind.IDENTITY),
        Field("rerun", Shape.BOOLEAN, "Whether a re-run of the upstream task starts the downstream one"),
    ),
    Subject.RELATION,
)

_LINK_ID: Final = Field(
    "linkId", Shape.TEXT, "Number that ties a link to its targets in one export", kind=Kind.JOIN_KEY
)

FLOW_LINK: Final = Struct(
    "FlowLink",
    (_LINK_ID, Field("sourceFlowName", Shape.TEXT, "Upstream flow, by name", kind=Kind.IDENTITY)),
    Subject.LINK,
)

TASK_LINK: Final = Struct(
    "TaskLink",
    (
        _LINK_ID,
        Field("sourceFlowName", Shape.TEXT, "Flow of the upstream task, by name", kind=Kind.IDENTITY),
        Field("sourceTaskName", Shape.TEXT, "Upstream task, by name", kind=Kind.IDENTITY),
    ),
    Subject.LINK,
)

LINK_RELATION: Final = Struct(
    "LinkRelation",
    (
        _LINK_ID,
        Field("targetTaskName", Shape.TEXT, "Task that depends on the link", kind=Kind.IDENTITY),
        Field("rerun", Shape.BOOLEAN, "Whether a re-run of the upstream starts the task"),
    ),
    Subject.LINK,
)

PARAMETER: Final = Struct(
    "Parameter",
    (
        Field("key", Shape.TEXT, "Name of the parameter", kind=Kind.IDENTITY),
        Field("value", Shape.TEXT, "Its value; the platform fills in ${...}", lenient=True),
    ),
    Subject.PARAMETER,
)

FLOW: Final = Struct(
    "Flow",
    (
        Field(
            "name", Shape.TEXT, "Flow name", Subject.FLOW, Kind.FLOW_NAME, aliases=("flowName", "flow_name")
        ),
        Field(
            "desc",
            Shape.TEXT,
            "Description",
            Subject.DESCRIPTION,
            impact=Impact.COSMETIC,
        ),
        Field(
            "type",
            Shape.INTEGER,
            "How the flow is started",
            Subject.SCHEDULE,
            words={0: "manual", 1: "periodic", 2: "temporary"},
            impact=Impact.BREAKING,
        ),
        Field(
            "cycle",
            Shape.TEXT,
            "Scheduling cycle; M and mi differ by case",
            Subject.SCHEDULE,
            words={"M": "month", "W": "week", "D": "day", "H": "hour", "mi": "minute"},
        ),
        Field(
            "cron",
            Shape.CRON,
            "Schedule, a Quartz expression of seven fields",
            Subject.SCHEDULE,
            aliases=("freq",),
        ),
        Field(
            "startTime",
            Shape.DATE,
            "First day of the schedule, in the server's time zone",
            Subject.SCHEDULE,
            environment_specific=True,
            aliases=("start_time",),
        ),
        Field(
            "alertMode",
            Shape.INTEGER,
            "How owners are alerted",
            Subject.ALERTING,
            words={0: "not enabled", 1: "email", 2: "SMS", 3: "email and SMS"},
            impact=Impact.COSMETIC,
            aliases=("alert_mode",),
        ),
        Field(
            "syncType", Shape.INTEGER, "What the flow synchronises", words=_SYNC_TYPE, aliases=("sync_type",)
        ),
        Field(
            "submitter",
            Shape.TEXT,
            "Big-data account that runs the flow",
            environment_specific=True,
            aliases=("doAs", "do_as"),
        ),
        Field(
            "owners",
            Shape.NAMES,
            "Users who may change the flow",
            Subject.OWNER,
            lenient=True,
            environment_specific=True,
            aliases=("owner",),
        ),
        Field(
            "visitors",
            Shape.NAMES,
            "Users who may view the flow",
            Subject.VISITOR,
            lenient=True,
            impact=Impact.COSMETIC,
            environment_specific=True,
            aliases=("visitor",),
        ),
        Field(
            "parameters",
            Shape.PARAMETERS,
            "Global parameters; equal keys keep the order sent",
            Subject.PARAMETER,
            kind=Kind.ENTRIES,
            entries=PARAMETER,
            lenient=True,
        ),
        list_field("tasks", TASK, "The tasks"),
        list_field("relations", RELATION, "Dependencies between tasks"),
        list_field("flowLinks", FLOW_LINK, "Other flows that tasks here depend on", aliases=("flow_links",)),
        list_field(
            "taskLinks", TASK_LINK, "Tasks of other flows that tasks here depend on", aliases=("task_links",)
        ),
        list_field(
            "linkRelations",
            LINK_RELATION,
            "Dependencies of tasks on links; a document has them as `targets` of the link",
            shape=Shape.JOINED,
            aliases=("link_relations",),
        ),
    ),
    Subject.SETTINGS,
)

STRUCTS: Final = (FLOW, TASK, RUN_MODE, RELATION, FLOW_LINK, TASK_LINK, LINK_RELATION, PARAMETER)

RESERVED: Final = frozenset({"format", "flowId", "targets", "ambiguousLinks"})
"""Keys of a document that no export has; an unknown key of that name is written with a leading `~`."""
