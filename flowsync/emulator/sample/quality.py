"""Cleansing: from raw measurements to labelled, corrected ones."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from collections.abc import Mapping

from flowsync.emulator.sample.building import (
    SampleFlow,
    Task,
    Upstream,
    edges,
    flow,
    parameters,
    per_key,
    single,
    tabbed,
    task,
)
from flowsync.emulator.sample.site import Site

FOLDER = "etl/quality"
ONSHORE = ("jiuquan", "guazhou", "xilinhot", "damao", "zhangbei")

_FIT_BINS = tabbed(
    """
    import numpy as np
    import pandas as pd

    BIN = 0.5  # m/s


    def curve(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.assign(bin=(frame.wind_speed / BIN).round() * BIN)
        grouped = frame.groupby("bin").power
        fitted = grouped.median().to_frame("power")
        fitted["n"] = grouped.size()
        # a bin with less than 30 minutes of data is interpolated
        fitted.loc[fitted.n < 3, "power"] = np.nan
        return fitted.interpolate()


    for model, frame in pd.read_parquet("clean.parquet").groupby("model"):
        curve(frame).to_csv(f"curve_{model}.csv")
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_quality_rules(site),
        *_power_curve_fit(site),
        *_curtailment_labels(site),
        *_anemometer_correction(site),
        *_turbine_status(site),
        *_scorecard(site),
    ]


def _quality_rules(site: Site) -> list[SampleFlow]:
    rules = _rules(site)
    names = ", ".join(f"rule_{name}" for name in rules)
    return flow(
        site,
        FOLDER,
        "scada_quality_10min",
        dev=2561,
        prod=2960,
        desc="数据质量规则：越限、死值、跳变、重复、偏航突变。每条规则一个任务，最后合并成质量码",
        cycle=site.either(dev="D", prod="H"),
        cron=site.either(dev="0 30 6 * * ? *", prod="0 25 * * * ? *"),
        alertMode=3,
        parameters=parameters({"window": "12", "severity": "warn"}),
        tasks=[
            task("snapshot_points", "sh snapshot.sh dim_scada_point ${cal_dt}", kind="Shell"),
            *_rule_tasks(rules),
            task(
                "merge_flags",
                r"""
                beeline -u @hive@/@db@ -f merge_flags.hql \
                  --hivevar dt=${cal_dt} --hivevar severity=${severity}
                """,
                asLink=True,
                run=single(cpu=1, memory=2),
            ),
        ],
        relations=edges(f"snapshot_points > {names} >> merge_flags"),
        upstream=[
            Upstream("scada_10min_ingest", "load_ods", to=("snapshot_points",), rerun=True),
            Upstream("dim_turbine_sync", to=("snapshot_points",)),
        ],
    )


def _rules(site: Site) -> dict[str, str]:
    rules = {
        "range": "value NOT BETWEEN p.low AND p.high",
        "stuck": "stddev_pop(value) OVER w = 0 AND p.kind <> 'counter'",
        "spike": "abs(value - avg(value) OVER w) > 6 * stddev_pop(value) OVER w",
        "duplicate": "row_number() OVER (PARTITION BY wtg_id, point, ts ORDER BY arrived) > 1",
        "yaw_jump": "p.point = 'yaw_position' AND abs(value - lag(value) OVER o) > 45",
    }
    if site.name == "dev":  # being tried out
        rules["icing_suspect"] = "p.point = 'wind_speed' AND value = 0 AND power > 0.1 * rated"
    return rules


def _rule_tasks(rules: Mapping[str, str]) -> list[Task]:
    return [
        task(
            f"rule_{name}",
            f"""
            INSERT OVERWRITE TABLE dq_flag_10min PARTITION (dt='${{cal_dt}}', rule='{name}')
            SELECT s.wtg_id, s.point, s.ts, s.value
              FROM ods_scada_10min s
              JOIN dim_scada_point p ON p.point = s.point
             WHERE s.dt = '${{cal_dt}}'
               AND {condition}
            WINDOW w AS (PARTITION BY s.wtg_id, s.point ORDER BY s.ts ROWS 11 PRECEDING),
                   o AS (PARTITION BY s.wtg_id, s.point ORDER BY s.ts)
            """,  # noqa: S608 (the sample holds SQL, the emulator runs none)
            kind=5,
        )
        for name, condition in rules.items()
    ]


def _power_curve_fit(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "功率曲线拟合",
        dev=2566,
        prod=2964,
        desc="每月按机型拟合功率曲线（IEC 61400-12-1 分仓法），结果供限电识别与损失归因使用",
        cycle="M",
        cron="0 0 4 2 * ? *",
        owners="@forecast@;@data@",
        startTime="2022-01-01",
        tasks=[
            task(
                "select_clean",
                "hadoop jar pc-select.jar --month ${cal_month} --quality 0",
                kind=6,
                timeout=3600,
            ),
            task("air_density", "CALCULATE rho = pressure / (287.05 * (temperature + 273.15))", kind=2),
            task(
                "fit_bins",
                _FIT_BINS,
                kind=8,
                run=per_key("EN-2.2-121,EN-3.0-140,EN-4.5-148,EN-5.0-171", parallel=2, cpu=2, memory=4),
            ),
            task(
                "publish_curve",
                "cp curve_*.csv /share/curves/ && touch /share/curves/_${cal_month}",
                asLink=True,
            ),
            task("compare_with_guarantee", "python3 guarantee.py --below 0.97 --mail @mail@", kind="Shell"),
        ],
        relations=edges(
            "select_clean, air_density >> fit_bins >> publish_curve", "fit_bins > compare_with_guarantee"
        ),
        upstream=[Upstream("scada_quality_10min", to=("select_clean", "air_density"))],
    )


def _curtailment_labels(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "限电标识",
        dev=2569,
        prod=2967,
        desc="识别限电时段：AGC 指令、功率平台与桨距角三种判据，取多数",
        cycle="D",
        cron="0 10 3 * * ? *",
        tasks=[
            task("agc_setpoint", "python3 label.py --by agc --farm all --day ${cal_dt}", kind=8),
            task("power_plateau", "python3 label.py --by plateau --width 0.02 --day ${cal_dt}", kind=8),
            task("pitch_angle", "python3 label.py --by pitch --minimum 2.5 --day ${cal_dt}", kind=8),
            task(
                "vote",
                """
                INSERT OVERWRITE TABLE dwd_curtailment PARTITION (dt='${cal_dt}')
                SELECT wtg_id, ts, COUNT(*) AS votes
                  FROM stg_curtailment_vote
                 WHERE dt = '${cal_dt}'
                 GROUP BY wtg_id, ts
                HAVING COUNT(*) >= 2
                """,
                kind=5,
                asLink=True,
            ),
        ],
        relations=edges("agc_setpoint, power_plateau, pitch_angle >> vote"),
        upstream=[
            Upstream(
                "scada_quality_10min", "merge_flags", to=("agc_setpoint", "power_plateau", "pitch_angle")
            ),
            Upstream("功率曲线拟合", "publish_curve", to=("power_plateau",)),
        ],
    )


def _anemometer_correction(site: Site) -> list[SampleFlow]:
    per_farm = [
        task(
            f"ntf_{farm}",
            f"""
            # nacelle transfer function of {farm}; tables come from the mast campaign
            python3 ntf.py --farm {farm} \\
              --table /share/ntf/{farm}.csv \\
              --in  @namenode@@warehouse@/dwd/scada_10min/dt=${{cal_dt}}/farm={farm} \\
              --out @namenode@@warehouse@/dwd/wind_corrected/dt=${{cal_dt}}/farm={farm}
            """,
            kind=3,
        )
        for farm in ONSHORE
    ]
    return flow(
        site,
        FOLDER,
        "nacelle_anemometer_correction",
        dev=2572,
        prod=2971,
        desc="Free-stream wind speed from the nacelle anemometer, one task per farm",
        cycle="D",
        cron="0 45 2 * * ? *",
        tasks=[
            *per_farm,
            task("repair_table", "hive -e 'MSCK REPAIR TABLE @db@.dwd_wind_corrected'", asLink=True),
        ],
        relations=edges(", ".join(f"ntf_{farm}" for farm in ONSHORE) + " >> repair_table"),
        upstream=[
            Upstream("scada_quality_10min", "merge_flags", to=tuple(f"ntf_{farm}" for farm in ONSHORE)),
            # Waits for nothing here any more: left behind when the last task that used it was removed.
            Upstream("测风塔数据接入"),
        ],
    )


def _turbine_status(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "dwd_turbine_status_hourly",
        dev=2575,
        prod=2974,
        desc="Availability categories after IEC 61400-26, from status codes, alarms and work orders",
        cycle="H",
        cron=site.either(dev="0 40 8-18 * * ? *", prod="0 40 * * * ? *"),
        owners="@data@;@monitoring@;",
        tasks=[
            task("map_status", "hive -f iec_category.hql -hivevar hour=${cal_hour}", kind="COMMAND"),
            task("join_alarm", "hive -f join_alarm.hql -hivevar hour=${cal_hour}", kind="COMMAND"),
            task("join_workorder", "hive -f join_workorder.hql -hivevar hour=${cal_hour}", kind="COMMAND"),
            task("resolve_priority", "python3 resolve.py --order manual,alarm,status", kind=8, asLink=True),
        ],
        relations=edges("map_status > join_alarm, join_workorder >> resolve_priority"),
        upstream=[
            Upstream("scada_10min_ingest", "load_ods", to=("map_status",)),
            Upstream("scada_alarm_log_ingest", "load_alarm", to=("join_alarm",)),
            Upstream("erp_workorder_sync", to=("join_workorder",)),
        ],
    )


def _scorecard(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "data_quality_scorecard",
        dev=2578,
        prod=2977,
        desc="One number per farm and day, mailed to the data owners",
        cycle="D",
        cron="0 0 8 * * ? *",
        alertMode=1,
        visitors="@readers@;@forecast@;@trading@",
        tasks=[
            task(
                "score",
                """
                SELECT farm_code,
                       ROUND(100 * (0.5 * completeness + 0.3 * validity + 0.2 * timeliness), 1) AS score
                  FROM (SELECT farm_code,
                               SUM(IF(flag IS NULL, 1, 0)) / COUNT(*)       AS validity,
                               COUNT(*) / MAX(expected)                     AS completeness,
                               SUM(IF(delay_s < 900, 1, 0)) / COUNT(*)      AS timeliness
                          FROM dwd_scada_10min
                         WHERE dt = '${cal_dt}'
                         GROUP BY farm_code) daily
                """,
                kind=5,
            ),
            task("render", "python3 scorecard.py --template scorecard.html.j2 > scorecard.html", kind=8),
            task(
                "send",
                "mail -a 'Content-Type: text/html' -s 'DQ ${cal_dt}' @mail@ < scorecard.html",
                retryLimit=1,
            ),
        ],
        relations=edges("score >> render > send"),
        upstream=[Upstream("scada_quality_10min", "merge_flags", to=("score",), rerun=True)],
    )
