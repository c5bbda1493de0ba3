"""SCADA ingestion: from the farms' gateways into the ODS layer."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import (
    SampleFlow,
    edges,
    flow,
    parameters,
    per_key,
    per_line,
    script,
    single,
    task,
    windows,
)
from flowsync.emulator.sample.site import Site

FOLDER = "etl/scada"

_WAIT_FOR_LANDING = script(
    r"""
    #!/bin/bash
    # A slot is complete when every farm has written its _DONE marker.
    set -euo pipefail
    slot=$(date -d "${cal_dt} -10 min" +%Y%m%d%H%M)
    for farm in jiuquan guazhou xilinhot damao zhangbei; do
      for attempt in $(seq 1 20); do
        hdfs dfs -test -e "@namenode@${landing}/$farm/$slot/_DONE" && break
        [ "$attempt" -lt 20 ] || echo "late: $farm $slot" >> late.txt
        sleep 15
      done
    done
    """
)

_TO_ORC = script(
    r"""
    spark-submit --master yarn --deploy-mode cluster \
      --num-executors 6 --executor-memory 4g \
      --conf spark.sql.shuffle.partitions=48 \
      scada_to_orc.py --in in/ --out @namenode@@warehouse@/stage/scada_10min
    """
)

_COUNT_CHECK = script(
    """
    SELECT farm_code,
           COUNT(DISTINCT wtg_id) AS wtgs,
           COUNT(*)               AS rows_loaded
      FROM ods_scada_10min
     WHERE slot = '${slot}'
     GROUP BY farm_code
    HAVING COUNT(DISTINCT wtg_id) < 0.97 * MAX(expected_wtgs);
    """
)

_UNPACK = script(
    r"""
    set -e
    hdfs dfs -get "@namenode@${landing}/*/${slot}/*.csv.gz" in/
    gunzip -f in/*.csv.gz
    wc -l in/*.csv | tail -1
    """
)

_LOAD_ODS = script(
    r"""
    beeline -u @hive@/@db@ -e "
      LOAD DATA INPATH '@warehouse@/stage/scada_10min'
      OVERWRITE INTO TABLE ods_scada_10min PARTITION (slot='${slot}')"
    """
)

_NOTIFY = script(
    """
    [ -s late.txt ] || exit 0
    curl -fsS -X POST '@alerts@' -H 'Content-Type: application/json' \\
      -d "{\\"title\\": \\"SCADA late\\", \\"text\\": \\"$(tr '\\n' ' ' < late.txt)\\"}"
    """
)

_PULL_TURBINE = script(
    r"""
    # once per turbine: the key arrives as $1
    set -eu
    wtg=$1
    kafka-console-consumer --bootstrap-server @kafka@ --topic "rd.scada.1s.$wtg" \
      --group rd-batch --timeout-ms 60000 --max-messages 4000 > "$wtg.ndjson" || [ $? -eq 1 ]
    hdfs dfs -put -f "$wtg.ndjson" "@namenode@@warehouse@/stage/scada_1s/${cal_dt}/"
    """
)

_RESAMPLE = script(
    """
    import sys
    import pandas as pd

    frame = pd.read_json(sys.argv[1], lines=True).set_index("ts")
    frame.index = pd.to_datetime(frame.index, unit="ms", utc=True)
    wide = frame.pivot_table(index="ts", columns="point", values="value")
    wide.resample("1s").last().ffill(limit=5).to_parquet(sys.argv[2])
    """
)

_DECODE_ALARMS = windows(
    """
    # -*- coding: utf-8 -*-
    import csv, io, pathlib

    FIELDS = ["ts", "wtg", "code", "state", "text"]

    for path in pathlib.Path("in").glob("*.log"):
        text = path.read_bytes().decode("gb18030", errors="replace")
        rows = [line.split("|", 4) for line in text.splitlines() if line.count("|") >= 4]
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\\n").writerows([FIELDS, *rows])
        (pathlib.Path("out") / f"{path.stem}.csv").write_text(out.getvalue(), "utf-8")
        print(path.name, len(rows))
    """
)

_FETCH_MAST = script(
    r"""
    # 每座测风塔一行：塔号,站点,频率
    IFS=, read -r mast site rate <<< "$1"
    sftp -b - met@@sftp@ <<CMD
    get /mast/$site/$mast/${cal_dt}*.rwd in/$mast/
    bye
    CMD
    """
)

_FIND_GAPS = script(
    """
    WITH slots AS (
      SELECT wtg_id, slot, LAG(slot) OVER (PARTITION BY wtg_id ORDER BY slot) AS previous
        FROM ods_scada_10min
       WHERE farm_code = '${farm}' AND slot BETWEEN '${from}' AND '${to}'
    )
    SELECT wtg_id, previous, slot FROM slots
     WHERE unix_timestamp(slot) - unix_timestamp(previous) > 600
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_ten_minute_ingest(site),
        *_one_second_ingest(site),
        *_alarm_log_ingest(site),
        *_met_mast_ingest(site),
        *_gap_backfill(site),
    ]


def _ten_minute_ingest(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "scada_10min_ingest",
        dev=2531,
        prod=2924,
        desc="10-minute statistics of all onshore turbines, from the landing zone into ods_scada_10min",
        cycle=site.either(dev="H", prod="mi"),
        cron=site.either(dev="0 5 * * * ? *", prod="0 2/10 * * * ? *"),
        parameters=parameters(
            {"landing": "/landing/scada/10min", "late_minutes": site.either(dev="60", prod="25")}
        ),
        alertMode=site.either(dev=0, prod=3),
        startTime="2021-03-01",
        tasks=[
            task("wait_for_landing", _WAIT_FOR_LANDING, timeout=600, retryLimit=1),
            task("unpack", _UNPACK),
            task("validate_header", "python3 check_header.py --schema scada_10min_v4.json in/*.csv", kind=8),
            task("to_orc", _TO_ORC, kind="Shell", run=single(cpu=1, memory=2), timeout=900),
            task("load_ods", _LOAD_ODS, asLink=True),
            task("count_check", _COUNT_CHECK, kind=5),
            task("notify_late_farms", _NOTIFY, retryLimit=0),
        ],
        relations=edges(
            "wait_for_landing >> unpack >> validate_header >> to_orc >> load_ods > count_check",
            "wait_for_landing > notify_late_farms",
        ),
        upstream=[],
    )


def _one_second_ingest(site: Site) -> list[SampleFlow]:
    turbines = ",".join(f"RD{number:03d}" for number in range(1, site.either(dev=5, prod=39)))
    return flow(
        site,
        FOLDER,
        "scada_1s_offshore_ingest",
        dev=2533,
        prod=2931,
        desc="如东海上风场秒级数据：按机组并行拉取，每小时一次",
        cycle="H",
        cron="0 12 * * * ? *",
        startTime="2022-09-15",
        tasks=[
            task(
                "pull_wtg",
                _PULL_TURBINE,
                run=per_key(turbines, parallel=site.either(dev=2, prod=12), cpu=0.3, memory=0.5),
                timeout=1200,
            ),
            task("resample", _RESAMPLE, kind=8, run=single(cpu=2, memory=4)),
            task(
                "add_partition",
                "hive -e \"ALTER TABLE @db@.ods_scada_1s ADD IF NOT EXISTS PARTITION (dt='${cal_dt}')\"",
                asLink=True,
            ),
            task("register_files", "scada.rd.files", kind="DATA_INTEGRATION", timeout=1800),
        ],
        relations=edges("pull_wtg >> resample >> add_partition", "pull_wtg > register_files"),
    )


def _alarm_log_ingest(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "scada_alarm_log_ingest",
        dev=2540,
        prod=2937,
        desc="Alarm and event log of every controller; text comes in GB18030 and is stored in UTF-8",
        cycle="H",
        cron=site.either(dev="0 20 6-20/2 * * ? *", prod="0 20 * * * ? *"),
        owners=" @data@",
        alertMode=1,
        tasks=[
            task(
                "list_files",
                'lftp -e "cls -1 /alarm/${cal_dt}/ > files.txt; bye" sftp://batch@@sftp@',
                retryInterval=60,
            ),
            task("decode", _DECODE_ALARMS, kind=8),
            task("load_alarm", "sqoop-import.sh alarm_log ${cal_dt}", kind=7, asLink=True),
            task(
                "unknown_codes",
                """
                INSERT OVERWRITE TABLE dq_unknown_alarm_code PARTITION (dt='${cal_dt}')
                SELECT a.code, COUNT(*), MIN(a.ts)
                  FROM ods_alarm_log a
                  LEFT JOIN dim_alarm_code c ON a.code = c.code
                 WHERE a.dt = '${cal_dt}' AND c.code IS NULL
                 GROUP BY a.code
                """,
                kind=5,
            ),
        ],
        relations=edges("list_files >> decode >> load_alarm > unknown_codes"),
    )


def _met_mast_ingest(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "测风塔数据接入",
        dev=2544,
        prod=2942,
        desc="测风塔与激光雷达数据：下载、解密、标定、入库。传感器标定系数见 met_calibration 表",
        cycle="D",
        cron="0 40 1 * * ? *",
        owners=";@data@; ",
        visitors="",
        startTime="2021-11-11",
        tasks=[
            task(
                "下载",
                _FETCH_MAST,
                run=per_line(
                    site.datasources["scada"], "/config/met_masts.csv", parallel=4, cpu=0.2, memory=0.3
                ),
            ),
            task("解密", 'for f in in/*/*.rwd; do rwd2csv -q "$f" -o csv/ ; done', retryLimit=2),
            task(
                "标定",
                "python3 calibrate.py --coefficients mysql://@mysql@/farm/met_calibration csv/",
                kind=8,
            ),
            task("入库", "ods_met_10min", kind=0, timeout=3600),
            task(
                "完整率检查", "python3 availability.py --minimum 0.95 --day ${cal_dt} || exit 0", kind="Shell"
            ),
        ],
        relations=edges("下载 >> 解密 >> 标定 >> 入库 > 完整率检查"),
    )


def _gap_backfill(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "scada_gap_backfill",
        dev=2547,
        prod=2946,
        desc="Started by hand after a gateway was offline: asks the farm's historian for the missing slots",
        cycle="D",
        cron="",
        type=0,
        alertMode=0,
        parameters={"from": "2025-01-01 00:00", "to": "2025-01-01 06:00", "farm": "guazhou"},
        tasks=[
            task("find_gaps", _FIND_GAPS, kind=5),
            task(
                "ask_historian",
                r"""
                while IFS=$'\t' read -r wtg from to; do
                  curl -fsS --retry 3 "@api@/historian/v1/$wtg?from=$from&to=$to" -o "gap/$wtg-$from.json"
                done < gaps.tsv
                """,
                timeout=7200,
                retryLimit=0,
            ),
            task("merge", "python3 merge_gaps.py gap/ --keep first", kind=8),
        ],
        relations=edges("find_gaps > ask_historian >> merge"),
    )
