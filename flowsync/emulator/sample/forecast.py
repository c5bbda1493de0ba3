"""Power forecasts: weather input, three horizons, training, assessment, upload to dispatch."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import (
    SampleFlow,
    Task,
    Upstream,
    edges,
    flow,
    parameters,
    per_key,
    per_line,
    script,
    single,
    task,
)
from flowsync.emulator.sample.site import Site

FOLDER = "功率预测"
_WEATHER_MODELS = {"ecmwf": "0p10 00,12", "gfs": "0p25 00,06,12,18", "cma": "0p125 00,12"}
FARMS = ("jiuquan", "guazhou", "xilinhot", "damao", "zhangbei", "rudong")

_INTERPOLATE = script(
    """
    import sys
    import xarray as xr

    site, lat, lon = sys.argv[1].split(",")
    grid = xr.open_mfdataset("nwp/*.grib2", engine="cfgrib", combine="by_coords")
    point = grid[["u100", "v100", "t2m", "sp"]].interp(latitude=float(lat), longitude=float(lon))
    point.assign(ws=(point.u100**2 + point.v100**2) ** 0.5).to_netcdf(f"site/{site}.nc")
    """
)

_TRAIN = script(
    """
    canaan.job:
      image: registry.beita.example/@train_image@
      gpus: 1
      command: [python, -m, train, --model, "{model}", --farm, "{farm}", --early-stopping, "40"]
      matrix:
        model: [lgbm, tcn, analog]
        farm: [jiuquan, guazhou, xilinhot, damao, zhangbei, rudong]
    """
)

_PROMOTE = script(
    r"""
    set -e
    while read -r farm model new old; do
      if awk "BEGIN { exit !($new < 0.995 * $old) }"; then
        ln -sfn "${cal_dt}" "/share/models/$farm/$model/current"
        echo "promoted $farm/$model: $old -> $new"
      fi
    done < backtest.txt
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_weather_download(site),
        *_short_term(site),
        *_ultra_short_term(site),
        *_medium_term(site),
        *_model_training(site),
        *_accuracy(site),
        *_dispatch_upload(site),
    ]


def _weather_download(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "nwp_download",
        dev=2601,
        prod=3002,
        desc="数值天气预报下载：ECMWF、GFS、CMA，四次起报，插值到场站坐标",
        cycle=site.either(dev="D", prod="H"),
        cron=site.either(dev="0 0 7 * * ? *", prod="0 30 0,6,12,18 * * ? *"),
        owners=";@forecast@;",
        alertMode=3,
        parameters=parameters({"box": "38,44,92,118", "levels": "10,80,100,120"}),
        tasks=[
            *_downloads(),
            task(
                "interpolate",
                _INTERPOLATE,
                kind=8,
                run=per_line(site.datasources["nwp"], "/config/sites.csv", parallel=6, cpu=1, memory=3.5),
                timeout=2400,
            ),
            task(
                "publish",
                "rsync -a site/ /share/nwp/${cal_time}/ && ln -sfn ${cal_time} /share/nwp/latest",
                asLink=True,
            ),
        ],
        relations=edges(
            ", ".join(f"download_{model}" for model in _WEATHER_MODELS) + " >> interpolate >> publish"
        ),
    )


def _downloads() -> list[Task]:
    return [
        task(
            f"download_{model}",
            f"""
            set -euo pipefail
            # {grid}
            run=$(date -u -d "${{cal_time}} -5 hour" +%Y%m%d%H)
            aria2c -x 4 -j 4 --max-tries=5 -i <(python3 urls.py {model} "$run" --box 38,44,92,118)
            sha256sum -c {model}.sha256
            """,
            timeout=3600,
            retryInterval=120,
        )
        for model, grid in _WEATHER_MODELS.items()
    ]


def _short_term(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "功率预测_短期",
        dev=2604,
        prod=3005,
        desc="短期预测：未来 72 小时，15 分钟分辨率，每场三模型集成。每日 08:30 前完成",
        cycle="D",
        cron=site.either(dev="0 20 9 * * ? *", prod="0 20 7 * * ? *"),
        owners="@forecast@;",
        alertMode=3,
        # The console of an older release encoded the text twice.
        parameters='"[{\\"key\\":\\"horizon\\",\\"value\\":\\"72\\"},{\\"key\\":\\"step\\",\\"value\\":\\"15\\"}]"',
        startTime="2021-10-01",
        tasks=[
            task(
                "check_nwp",
                "python3 fresh.py /share/nwp/latest --younger-than 9h",
                retryInterval=300,
                retryLimit=6,
            ),
            *[step for farm in FARMS for step in _farm_forecast(farm)],
            task(
                "aggregate",
                "python3 aggregate.py --farms all --out forecast_${cal_dt}.parquet",
                kind=8,
                asLink=True,
            ),
        ],
        relations=edges(
            *(f"check_nwp > features_{farm} >> predict_{farm} >> blend_{farm} >> aggregate" for farm in FARMS)
        ),
        upstream=[
            Upstream("nwp_download", "publish", to=("check_nwp",), rerun=True),
            Upstream(
                "nacelle_anemometer_correction",
                "repair_table",
                to=tuple(f"features_{farm}" for farm in FARMS),
            ),
            Upstream("限电标识", to=tuple(f"features_{farm}" for farm in FARMS[:-1])),
        ],
    )


def _farm_forecast(farm: str) -> list[Task]:
    return [
        task(
            f"features_{farm}",
            f"python3 features.py --farm {farm} --lags 1,2,4,96",
            kind=8,
            run=single(cpu=1, memory=2),
        ),
        task(
            f"predict_{farm}",
            f"""
            for model in lgbm tcn analog; do
                python3 predict.py --farm {farm} --model $model --weights /share/models/{farm}/$model/current
            done
            """,
            run=single(cpu=2, memory=4),
            timeout=1500,
        ),
        task(f"blend_{farm}", f"python3 blend.py --farm {farm} --by rmse --days 14 --clip 0,rated", kind=8),
    ]


def _ultra_short_term(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "功率预测_超短期",
        dev=2607,
        prod=3008,
        desc="超短期预测：未来 4 小时，每 15 分钟滚动",
        cycle="mi",
        cron=site.either(dev="0 0/30 8-18 ? * MON-FRI *", prod="0 4/15 * * * ? *"),
        owners="@forecast@",
        alertMode=site.either(dev=0, prod=3),
        tasks=[
            task(
                "latest_scada",
                "redis-cli -u redis://@redis@ --csv XREVRANGE scada:live + - COUNT 4000 > live.csv",
            ),
            task(
                "rolling_forecast",
                "python3 rolling.py --horizon 4h live.csv",
                kind=8,
                run=per_key(",".join(FARMS), parallel=6, cpu=1, memory=2),
                timeout=240,
                retryLimit=1,
                asLink=True,
            ),
            task("push_cache", "python3 push.py --to redis://@redis@ --ttl 1800", kind="Shell"),
        ],
        relations=edges("latest_scada >> rolling_forecast >> push_cache"),
        upstream=[Upstream("功率预测_短期", "aggregate", to=("rolling_forecast",))],
    )


def _medium_term(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "功率预测_中期",
        dev=2610,
        prod=None,
        desc="中期预测（十天），试运行中，尚未上线",
        cycle="D",
        cron="0 0 10 * * ? *",
        owners="@forecast@;",
        alertMode=0,
        startTime="2025-08-01",
        tasks=[
            task(
                "ensemble_members", "python3 members.py --model ecmwf-ens --members 51", kind=8, timeout=3600
            ),
            task(
                "predict_quantiles",
                "python3 quantiles.py --q 0.1,0.25,0.5,0.75,0.9",
                kind=8,
                run=single(cpu=2, memory=4),
            ),
            task("plot", "python3 fan_chart.py --out /share/plots/${cal_dt}.png || true", retryLimit=0),
        ],
        relations=edges("ensemble_members >> predict_quantiles > plot"),
        upstream=[Upstream("nwp_download", to=("ensemble_members",))],
    )


def _model_training(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "forecast_model_training",
        dev=2613,
        prod=3014,
        desc="Weekly retraining; a new model is promoted only if it was better on the last four weeks",
        cycle="W",
        cron=site.either(dev="0 0 22 ? * FRI *", prod="0 0 22 ? * SAT *"),
        owners="@forecast@; ",
        visitors="",
        tasks=[
            task(
                "build_set",
                "spark-submit build_set.py --weeks 104 --out /share/train/${cal_dt}",
                timeout=10800,
            ),
            task("train", _TRAIN, kind=4, timeout=21600, retryLimit=0),
            task("backtest", "python3 backtest.py --weeks 4 --metric rmse,mae,q", kind=8, timeout=7200),
            task("promote", _PROMOTE, asLink=True),
        ],
        relations=edges("build_set > train > backtest > promote"),
        upstream=[
            Upstream("限电标识", "vote", to=("build_set",)),
            Upstream("nacelle_anemometer_correction", to=("build_set",)),
        ],
    )


def _accuracy(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "预测考核_双细则",
        dev=2616,
        prod=3017,
        desc="按两个细则计算短期、超短期准确率与考核电量；结果发交易与场站",
        cycle="D",
        cron="0 30 9 * * ? *",
        owners="@forecast@;@trading@;",
        visitors=";@readers@; ",
        tasks=[
            task("actuals", "hive -f actual_power.hql -hivevar dt=${cal_dt}"),
            task(
                "penalty",
                """
                SELECT farm_code,
                       1 - SQRT(AVG(POW((actual - predicted) / capacity, 2)))          AS accuracy,
                       SUM(GREATEST(0, ABS(actual - predicted) - 0.25 * predicted)) / 4 AS penalty_mwh
                  FROM dwd_forecast_vs_actual
                 WHERE dt = '${cal_dt}' AND horizon IN ('short', 'ultra')
                 GROUP BY farm_code, horizon
                """,
                kind=5,
            ),
            task("send_report", "python3 report.py --to 'forecast,trading,站长群' --day ${cal_dt}", kind=8),
        ],
        relations=edges("actuals >> penalty > send_report"),
        upstream=[
            Upstream("功率预测_短期", "aggregate", to=("penalty",)),
            Upstream("功率预测_超短期", to=("penalty",)),
        ],
    )


def _dispatch_upload(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "dispatch_upload_e_file",
        dev=None,
        prod=3020,
        desc="上传 E 文件到省调：短期每日一次，失败须在 08:55 前人工补报",
        cycle="D",
        cron="0 35 8 * * ? *",
        alertMode=3,
        owners="@forecast@;@monitoring@",
        tasks=[
            task("render_e_file", "python3 efile.py --template DQYC.e.j2 forecast_${cal_dt}.parquet", kind=8),
            task("validate_e_file", "java -jar efile-check.jar --strict out/*.WPD", kind=3, retryLimit=0),
            task(
                "upload",
                "sftp -i /keys/dispatch -b upload.batch dispatch@10.32.14.6",
                timeout=120,
                retryInterval=60,
            ),
            task("wait_receipt", "python3 receipt.py --deadline 08:50 --poll 20", kind=8, timeout=1500),
            task(
                "escalate",
                "curl -fsS '@alerts@' -d 'text=E-file not received, call dispatch'",
                successCode="0",
                retryLimit=5,
            ),
        ],
        relations=edges("render_e_file >> validate_e_file >> upload >> wait_receipt > escalate"),
        upstream=[Upstream("功率预测_短期", "aggregate", to=("render_e_file",), rerun=True)],
    )
