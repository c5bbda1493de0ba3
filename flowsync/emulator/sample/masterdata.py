"""Master data: turbines, sites, tariffs, work orders, copied from their owners' systems."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import SampleFlow, Upstream, edges, flow, script, task, windows
from flowsync.emulator.sample.site import Site

FOLDER = "etl/masterdata"

_WALK_HIERARCHY = windows(
    """
    import json

    def walk(node, path=()):
        here = (*path, node["name"])
        yield node["id"], "/".join(here), node.get("kind", "未知")
        for child in node.get("children", []):
            yield from walk(child, here)

    with open("hierarchy.json", encoding="utf-8") as source:
        for row in walk(json.load(source)):
            print(*row, sep="\\t")
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_turbines(site),
        *_farms(site),
        *_site_calendar(site),
        *_work_orders(site),
        *_tariffs(site),
    ]


def _turbines(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "dim_turbine_sync",
        dev=2583,
        prod=2981,
        desc="Turbine dimension with history (SCD type 2)",
        cycle="D",
        cron="0 50 0 * * ? *",
        startTime="2020-07-01",
        tasks=[
            task("stage", "farm_cfg.wtg_master -> stg_wtg_master", kind=7, timeout=900),
            task(
                "merge_history",
                """
                MERGE INTO dim_turbine t
                USING stg_wtg_master s
                   ON t.wtg_id = s.wtg_id AND t.valid_to IS NULL
                 WHEN MATCHED AND t.row_hash <> s.row_hash THEN
                      UPDATE SET valid_to = '${cal_dt}'
                 WHEN NOT MATCHED THEN
                      INSERT VALUES (s.wtg_id, s.model, s.farm_code, s.rated_kw, s.row_hash,
                              '${cal_dt}', NULL);
                """,
                kind=5,
                asLink=True,
            ),
        ],
        relations=edges("stage >> merge_history"),
        upstream=[Upstream("farm_config_full_sync", "publish", to=("stage",))],
    )


def _farms(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "主数据_风场与机组",
        dev=2586,
        prod=2984,
        desc="从主数据平台同步风场、期次、机组层级；名称以主数据平台为准",
        cycle="D",
        cron="0 15 0 * * ? *",
        startTime="2021-04-01",
        # From an import of 2019: fields that newer releases neither show nor drop.
        appId=None,
        alertTo=None,
        tasks=[
            task(
                "拉取层级",
                "curl -fsS '@api@/mdm/v2/hierarchy?root=wind' -o hierarchy.json",
                kind="DATA_INTEGRATION",
            ),
            task(
                "校验层级",
                "python3 -m json.tool hierarchy.json > /dev/null",
                kind="DATA_INTEGRATION",
                waitCode="",
            ),
            task("展开层级", _WALK_HIERARCHY, kind=8),
            task("装载", "dim_hierarchy", kind=0),
        ],
        relations=edges("拉取层级 >> 校验层级 >> 展开层级 >> 装载"),
    )


def _site_calendar(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "dim_site_calendar",
        dev=2589,
        prod=2987,
        desc="Holidays, maintenance windows and bird migration stops, once a year and by hand after changes",
        cycle="M",
        cron="0 0 1 1 12 ? *",
        type=1,
        alertMode=0,
        parameters='["year","region=gansu","region=neimenggu","region=jiangsu"]',
        tasks=[
            task("holidays", "python3 holidays.py --country CN --year ${year}", kind=8),
            task("migration_stops", "python3 stops.py --source birds.geojson --year ${year}", kind=8),
            task("write_calendar", "hive -f calendar.hql", kind="Shell"),
        ],
        relations=edges("holidays, migration_stops > write_calendar"),
    )


def _work_orders(site: Site) -> list[SampleFlow]:
    extract = script(
        r"""
        export MYSQL_PWD='not-a-real-password-@db@'
        mysql -h @mysql@ -u erp_reader --batch --raw erp <<'SQL' > workorders.tsv
        SELECT w.id, w.wtg_id, w.kind, w.opened_at, w.closed_at,
               REPLACE(w.remark, '\t', ' ') AS remark
          FROM work_order w
         WHERE w.changed_at >= DATE_SUB('${cal_dt}', INTERVAL 3 DAY)
        SQL
        """
    )
    return flow(
        site,
        FOLDER,
        "erp_workorder_sync",
        dev=2592,
        prod=2990,
        desc="Maintenance work orders of the last three days, updated in place",
        cycle="H",
        cron=site.either(dev="0 15 9-17 ? * MON-FRI *", prod="0 15 * * * ? *"),
        # Typed into the console as it is; it is no JSON.
        parameters="days=3;system=erp",
        tasks=[
            task("extract", extract, retryInterval=30),
            task(
                "upsert",
                "python3 upsert.py --table ods_work_order --key id workorders.tsv",
                kind=8,
                asLink=True,
            ),
        ],
        relations=edges("extract >> upsert"),
    )


def _tariffs(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "dim_tariff_sync",
        dev=2595,
        prod=2993,
        desc="Feed-in tariffs and subsidies by phase and month",
        cycle="M",
        cron="0 0 2 L * ? *",
        owners="@trading@;",
        tasks=[
            task("download", "sftp batch@@sftp@:/finance/tariff/${cal_month}.xlsx tariff.xlsx"),
            task(
                "convert",
                'python3 -c \'import pandas as p; p.read_excel("tariff.xlsx").to_csv("tariff.csv")\'',
            ),
            task("load", "tariff.csv -> dim_tariff", kind=7, asLink=True),
            task("check_months", "SELECT month FROM dim_tariff GROUP BY month HAVING COUNT(*) <> 12", kind=5),
        ],
        relations=edges("download >> convert >> load > check_months"),
    )
