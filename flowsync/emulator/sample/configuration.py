"""The farms' configuration database, copied table by table: the largest flow of the sample."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import SampleFlow, edges, flow, task
from flowsync.emulator.sample.site import Site

FOLDER = "etl/scada"

# The tables of the farm configuration database that are copied in full every night.
_CONFIGURATION_TABLES = (
    "wtg_master wtg_model wtg_power_curve wtg_component wtg_controller wtg_firmware wtg_position "
    "farm_master farm_phase farm_contract farm_contact feeder substation transformer transformer_tap "
    "switchgear cable_string met_mast met_sensor met_calibration lidar lidar_campaign scada_point "
    "scada_point_map scada_point_unit scada_gateway scada_channel alarm_code alarm_group "
    "alarm_severity alarm_text_zh alarm_text_en status_code status_map outage_reason outage_plan "
    "maintenance_plan maintenance_task spare_part spare_stock vendor vendor_contact crew crew_shift "
    "vessel vessel_calendar port_calendar weather_limit access_limit tariff tariff_period grid_node "
    "grid_constraint curtailment_rule price_zone holiday"
)


def flows(site: Site) -> list[SampleFlow]:
    copies = [
        task(
            f"sync_{table}",
            f"--source farm_cfg.{table} --target ods_cfg_{table} --mode full --split-by id --mappers 2",
            kind=7,
            syncType=1,
            timeout=1800,
            priorityLevel=1 if table.endswith("_master") else 0,
        )
        for table in _CONFIGURATION_TABLES.split()
    ]
    names = ", ".join(str(copy["name"]) for copy in copies)
    return flow(
        site,
        FOLDER,
        "farm_config_full_sync",
        dev=2550,
        prod=2950,
        desc="全量同步风场配置库（每张表一个任务），完成后校验行数",
        cycle="D",
        cron=site.either(dev="0 0 5 ? * MON-FRI *", prod="0 10 0 * * ? *"),
        startTime="2020-07-01",
        tasks=[
            task("check_source", "mysqladmin -h @mysql@ -u batch ping"),
            *copies,
            task(
                "compare_counts",
                "python3 compare_counts.py --source mysql://@mysql@/farm_cfg --tolerance 0",
                kind=8,
            ),
            task("publish", "redis-cli -u redis://@redis@ SET cfg:version ${cal_dt}", asLink=True),
            task("clean_stage", "hdfs dfs -rm -r -skipTrash @namenode@@warehouse@/stage/cfg/* || true"),
        ],
        relations=edges(f"check_source > {names} > compare_counts >> publish > clean_stage"),
    )
