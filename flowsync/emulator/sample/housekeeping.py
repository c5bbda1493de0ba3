"""Housekeeping of the platform itself, and what people left in their sandboxes."""

from flowsync.emulator.sample.building import SampleFlow, Upstream, edges, flow, parameters, task
from flowsync.emulator.sample.site import Site

FOLDER = "ops"
SANDBOX = "sandbox"


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_compaction(site),
        *_retention(site),
        *_metastore_backup(site),
        *_connectivity(site),
        *_replay(site),
        *_scratch(site),
    ]


def _compaction(site: Site) -> list[SampleFlow]:
    tables = ("ods_scada_10min", "ods_scada_1s", "ods_alarm_log", "dwd_scada_10min", "dq_flag_10min")
    return flow(
        site,
        FOLDER,
        "hdfs_small_file_compaction",
        dev=2711,
        prod=3161,
        desc="Merges yesterday's small files, table after table, to keep the queue free for the reports",
        cycle="D",
        cron="0 0 13 * * ? *",
        tasks=[
            task(
                f"compact_{table}",
                f"hive -e \"ALTER TABLE @db@.{table} PARTITION (dt='${{cal_dt}}') CONCATENATE\"",
                timeout=5400,
                retryLimit=1,
            )
            for table in tables
        ],
        relations=edges(" > ".join(f"compact_{table}" for table in tables)),
    )


def _retention(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "partition_retention",
        dev=2714,
        prod=3164,
        desc="Drops partitions beyond their time; refuses to drop more than a tenth of a table at once",
        cycle="W",
        cron=site.either(dev="0 0 14 ? * SUN *", prod="0 0 3 ? * SUN *"),
        alertMode=3,
        parameters=parameters(
            {
                "keep_ods": site.either(dev="30", prod="400"),
                "keep_dwd": site.either(dev="60", prod="1100"),
                "max_share": "0.1",
            }
        ),
        tasks=[
            task("plan", "python3 retention.py plan --ods ${keep_ods} --dwd ${keep_dwd} > plan.txt", kind=8),
            task(
                "guard",
                r"""
                #!/bin/bash
                share=$(awk '{ drop += $2; all += $3 } END { print drop / all }' plan.txt)
                if (( $(echo "$share > ${max_share}" | bc -l) )); then
                    echo "would drop $share of all partitions, refusing" >&2
                    exit 3
                fi
                """,
                retryLimit=0,
            ),
            task("drop", "python3 retention.py apply plan.txt", kind=8, timeout=7200, retryLimit=0),
        ],
        relations=edges("plan > guard > drop"),
    )


def _metastore_backup(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "metastore_backup",
        dev=None,
        prod=3167,
        desc="Dump of the Hive metastore, kept for 35 days, restored into a scratch database every time",
        cycle="D",
        cron="0 30 23 * * ? *",
        alertMode=3,
        tasks=[
            task(
                "dump",
                "mysqldump -h @mysql@ --single-transaction hive | zstd -q > metastore_${cal_dt}.sql.zst",
                timeout=3600,
            ),
            task(
                "restore_test",
                "zstdcat metastore_${cal_dt}.sql.zst | mysql -h 127.0.0.1 scratch",
                timeout=3600,
            ),
            task("keep", "find /backup/metastore -name '*.zst' -mtime +35 -print -delete", retryLimit=0),
        ],
        relations=edges("dump > restore_test > keep"),
    )


def _connectivity(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "datasource_connectivity_check",
        dev=2720,
        prod=3170,
        desc="Can every registered data source be reached with its stored account?",
        cycle="H",
        cron="30 0 * * * ? *",
        visitors="",
        tasks=[
            task(
                f"check_{name}",
                f"datasource-ping --id {number} --timeout 20",
                timeout=60,
                retryLimit=1,
                cron=site.either(dev="", prod="30 0 0/2 * * ? *") if name == "erp" else "",
            )
            for name, number in site.datasources.items()
        ],
    )


def _replay(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        SANDBOX,
        "tmp-liwei-scada-replay",
        dev=2731,
        prod=None,
        desc="replay of the 2025-06-14 gateway outage, delete after the review",
        cycle="D",
        cron="",
        type=2,
        alertMode=0,
        owners="li.wei",
        visitors="",
        tasks=[
            task(
                "replay",
                "python3 replay.py --topic rd.scada.1s --speed 60 outage_20250614.pcap",
                kind="COMMAND",
            ),
            task("look", "sleep 3600", retryLimit=0),
        ],
        relations=edges("replay > look"),
        upstream=[Upstream("scada_1s_offshore_ingest", "add_partition", to=("look",))],
    )


def _scratch(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        SANDBOX,
        "tmp-test",
        dev=2734,
        prod=None,
        desc="test",
        cycle="D",
        cron="59 59 23 * * ? *",
        alertMode=0,
        owners="zhao.lei",
        visitors="",
        tasks=[
            {
                key: value
                for key, value in task("tass", "echo 'hello'", kind=7).items()
                if key != "runMode"  # made by a script that knows no run modes
            },
            task("rf", "exit 0", kind="Shell"),
        ],
        relations=edges("tass > rf"),
    )
