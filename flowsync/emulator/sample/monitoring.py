"""Condition monitoring: temperatures, vibration, icing, batteries, oil."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import (
    SampleFlow,
    Upstream,
    edges,
    flow,
    parameters,
    per_key,
    per_line,
    single,
    task,
    windows,
)
from flowsync.emulator.sample.site import Site

FOLDER = "状态监测"

_SPECTRA = windows(
    """
    import numpy as np
    from nptdms import TdmsFile
    from scipy.signal import hilbert

    def spectrum(signal, rate):
    \twindow = np.hanning(signal.size)
    \tamplitude = np.abs(np.fft.rfft(signal * window)) * 2 / window.sum()
    \treturn np.fft.rfftfreq(signal.size, 1 / rate), amplitude

    def envelope(signal):
    \treturn np.abs(hilbert(signal)) - np.abs(hilbert(signal)).mean()
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_gearbox_temperature(site),
        *_vibration(site),
        *_blade_icing(site),
        *_pitch_battery(site),
        *_oil_analysis(site),
        *_bolt_inspection(site),
    ]


def _gearbox_temperature(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "gearbox_temperature_alarm",
        dev=2681,
        prod=3141,
        desc="Residual of a temperature model per turbine; three sigma for six hours opens a case",
        cycle="H",
        cron=site.either(dev="0 55 9 * * ? *", prod="0 55 * * * ? *"),
        owners="@monitoring@;",
        alertMode=3,
        parameters=parameters({"sigma": "3", "hours": "6", "channel": "@alerts@"}),
        tasks=[
            task(
                "residuals", "python3 residuals.py --signal gearbox_oil_temp --against power,ambient", kind=8
            ),
            task("persistence", "python3 persistence.py --sigma ${sigma} --hours ${hours}", kind=8),
            task(
                "open_case",
                "curl -fsS -X POST ${channel} -d @cases.json",
                kind=3,
                retryLimit=5,
                retryInterval=30,
            ),
        ],
        relations=edges("residuals >> persistence > open_case"),
        upstream=[Upstream("scada_quality_10min", "merge_flags", to=("residuals",))],
    )


def _vibration(site: Site) -> list[SampleFlow]:
    bands = "main_bearing,gearbox_low,gearbox_high,generator_de,generator_nde"
    return flow(
        site,
        FOLDER,
        "vibration_fft_batch",
        dev=2684,
        prod=3144,
        desc="Spectra and envelope spectra of the night's recordings, one sub-task per sensor",
        cycle="D",
        cron="0 30 4 * * ? *",
        owners="@monitoring@",
        tasks=[
            task(
                "fetch_recordings",
                'rsync -a --include="*${cal_dt}*.tdms" cms@@sftp@:/cms/ raw/',
                run=per_line(
                    site.datasources["cms"], "/cms/turbines.txt", parallel=site.either(dev=2, prod=10)
                ),
                timeout=5400,
            ),
            task(
                "spectra",
                _SPECTRA,
                kind=8,
                run=per_key(bands, parallel=5, cpu=2, memory=2.5),
                timeout=3600,
            ),
            task("damage_frequencies", "python3 bearings.py --catalogue skf,fag --harmonics 5", kind=8),
            task("trend", "hive -f cms_trend.hql -hivevar dt=${cal_dt}", asLink=True),
        ],
        relations=edges("fetch_recordings >> spectra >> damage_frequencies >> trend"),
        upstream=[Upstream("dim_turbine_sync", "merge_history", to=("damage_frequencies",))],
    )


def _blade_icing(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "叶片覆冰识别",
        dev=2687,
        prod=3147,
        desc="冬季每小时运行：功率偏差、温湿度与振动联合判断覆冰，提示现场停机除冰",
        cycle="H",
        cron="0 35 * ? NOV-MAR * *",
        owners="@monitoring@;@forecast@;",
        tasks=[
            task("候选机组", "python3 icing.py candidates --below-curve 0.15 --temperature '<2'", kind=8),
            task("湿度判据", "python3 icing.py humidity --minimum 85", kind=8),
            task("振动判据", "python3 icing.py vibration --band 0.2,0.6", kind=8),
            task("联合判断", "python3 icing.py decide --votes 2", kind=8, asLink=True),
            task(
                "通知现场", "python3 notify.py --channel 现场群 --level warn", kind="Shell", successCode="0"
            ),
        ],
        relations=edges("候选机组 > 湿度判据, 振动判据 >> 联合判断 > 通知现场"),
        upstream=[
            Upstream("功率曲线拟合", "publish_curve", to=("候选机组",)),
            Upstream("vibration_fft_batch", "trend", to=("振动判据",)),
            Upstream("测风塔数据接入", to=("湿度判据",)),
        ],
    )


def _pitch_battery(site: Site) -> list[SampleFlow]:
    # One id in both arrays: the platform numbers each array for itself, so the relations fit both links.
    return flow(
        site,
        FOLDER,
        "pitch_battery_health",
        dev=2690,
        prod=3150,
        desc="Capacity of the pitch batteries from the weekly emergency stop test",
        cycle="W",
        cron="0 0 5 ? * TUE *",
        owners="@monitoring@;",
        tasks=[
            task("find_tests", "python3 find_tests.py --event EMERGENCY_TEST --week ${cal_week}", kind=8),
            task("voltage_drop", "python3 drop.py --limit 0.82", kind=8),
            task("ranking", "SELECT wtg_id, health FROM rpt_battery ORDER BY health LIMIT 20", kind=5),
        ],
        relations=edges("find_tests >> voltage_drop > ranking"),
        upstream=[
            Upstream("dwd_turbine_status_hourly", to=("find_tests",), link_id="0"),
            Upstream("scada_alarm_log_ingest", "load_alarm", to=("find_tests", "voltage_drop"), link_id="0"),
        ],
    )


def _oil_analysis(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "oil_analysis_import",
        dev=2693,
        prod=3153,
        desc="",
        cycle="W",
        cron="0 0 12 ? * 6#1 *",
        owners="@monitoring@",
        visitors="",
        # A map as text, as the first import sent it.
        parameters='{"lab":"SGS Tianjin","unit":"ppm","limits":"fe=120;cu=30"}',
        tasks=[
            task("collect_mail", "fetch-attachments --mailbox lab@beita.example --pattern '*.xlsx'", kind=1),
            task(
                "parse", "python3 oil.py parse --lab '${lab}' --unit ${unit}  \necho \"parsed $? \"\t", kind=8
            ),
            task("limits", "python3 oil.py limits '${limits}'", kind=8),
        ],
        relations=edges("collect_mail >> parse > limits"),
        # What it waited for was deleted; the console kept an empty reference.
        upstream=[Upstream(None, to=("collect_mail",))],
    )


def _bolt_inspection(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "bolt_inspection_images",
        dev=2696,
        prod=None,
        desc="Trial: cracks in flange bolts from drone pictures",
        cycle="D",
        cron="",
        type=2,
        alertMode=0,
        owners="@monitoring@;",
        startTime="2025-09-15",
        tasks=[
            task(
                "tile_images",
                "python3 tile.py --size 1024 --overlap 0.1 images/",
                kind=8,
                run=single(cpu=2, memory=4),
            ),
            task(
                "detect",
                "python3 detect.py --weights bolts-v0.3.pt --threshold 0.4",
                kind=8,
                run=single(cpu=2, memory=4),
            ),
        ],
        relations=edges("tile_images >> detect"),
    )
