"""Reports: production, losses, KPIs, certificates."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import SampleFlow, Upstream, edges, flow, parameters, script, task
from flowsync.emulator.sample.site import Site

FOLDER = "reporting"

_ENERGY = script(
    """
    INSERT OVERWRITE TABLE rpt_energy_daily PARTITION (dt='${cal_dt}')
    SELECT t.farm_code,
           SUM(e.energy_kwh) / 1000              AS energy_mwh,
           SUM(e.energy_kwh) / SUM(t.rated_kw)   AS full_load_hours
      FROM dwd_energy_10min e
      JOIN dim_turbine t ON t.wtg_id = e.wtg_id AND t.valid_to IS NULL
     WHERE e.dt = '${cal_dt}'
     GROUP BY t.farm_code
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [
        *_daily_production(site),
        *_monthly_energy(site),
        *_loss_attribution(site),
        *_weekly_kpi(site),
        *_carbon_certificates(site),
    ]


def _daily_production(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "daily_production_report",
        dev=2641,
        prod=3101,
        desc="Energy, availability and wind by farm; in the mailbox of every site manager at seven",
        cycle="D",
        cron=site.either(dev="0 0 9 ? * MON-FRI *", prod="0 10 6 * * ? *"),
        owners="@reporting@;",
        alertMode=1,
        parameters=parameters({"language": "zh", "currency": "CNY", "recipients": "@mail@"}),
        tasks=[
            task("energy", _ENERGY, kind=5, asLink=True),
            task("availability", "hive -f availability.hql -hivevar dt=${cal_dt}", kind="Shell"),
            task("wind_resource", "hive -f wind.hql -hivevar dt=${cal_dt}", kind="Shell"),
            task("meter_comparison", "python3 meter.py --tolerance 0.5% --day ${cal_dt}", kind=8),
            task("render_pdf", "wkhtmltopdf --quiet report.html production_${cal_dt}.pdf", timeout=180),
            task(
                "mail_out",
                "python3 send.py --to ${recipients} --attach production_${cal_dt}.pdf",
                kind=8,
                retryLimit=1,
            ),
        ],
        relations=edges("energy, availability, wind_resource > meter_comparison >> render_pdf > mail_out"),
        upstream=[
            Upstream("dwd_turbine_status_hourly", "resolve_priority", to=("availability",)),
            Upstream("nacelle_anemometer_correction", "repair_table", to=("wind_resource",)),
            Upstream("dim_turbine_sync", to=("energy",)),
        ],
    )


def _monthly_energy(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "月度发电量报表",
        dev=2644,
        prod=3104,
        desc="月度发电量、上网电量、厂用电率、等效小时；报集团统计口径",
        cycle="M",
        cron="0 0 5 1 * ? *",
        owners="@reporting@;@trading@;",
        tasks=[
            task("汇总", "hive -f monthly.hql -hivevar month=${cal_month}", kind="COMMAND", timeout=1800),
            task(
                "与结算单核对",
                "python3 reconcile.py --month ${cal_month} --source settlement.xlsx",
                kind=8,
                asLink=True,
            ),
            task("生成表格", "python3 fill_template.py 集团月报模板.xlsx out/月报_${cal_month}.xlsx", kind=8),
            task(
                "上传集团",
                "curl -fsS -F file=@out/月报_${cal_month}.xlsx '@api@/group/reports'",
                kind="Shell",
            ),
        ],
        relations=edges("汇总 >> 与结算单核对 >> 生成表格 > 上传集团"),
        upstream=[
            Upstream("daily_production_report", "energy", to=("汇总",)),
            Upstream("dim_tariff_sync", to=("与结算单核对",)),
        ],
    )


def _loss_attribution(site: Site) -> list[SampleFlow]:
    causes = ("downtime", "curtailment", "icing", "wake", "degradation", "soiling", "yaw_error", "grid")
    return flow(
        site,
        FOLDER,
        "loss_attribution_daily",
        dev=2647,
        prod=3107,
        desc="Where the energy went: theoretical production less one loss after the other",
        cycle="D",
        cron="0 50 6 * * ? *",
        owners="@reporting@;@data@",
        tasks=[
            task("theoretical", "python3 theoretical.py --curve /share/curves --day ${cal_dt}", kind=8),
            *[
                task(
                    f"loss_{cause}",
                    f"python3 loss.py --cause {cause} --day ${{cal_dt}}",
                    kind=8,
                    priorityLevel=rank,
                )
                for rank, cause in enumerate(causes)
            ],
            task("waterfall", "hive -f waterfall.hql -hivevar dt=${cal_dt}", asLink=True),
        ],
        relations=edges("theoretical > " + ", ".join(f"loss_{cause}" for cause in causes) + " > waterfall"),
        upstream=[
            Upstream("限电标识", "vote", to=("loss_curtailment",)),
            Upstream("功率曲线拟合", "publish_curve", to=("theoretical",)),
            Upstream("dwd_turbine_status_hourly", to=("loss_downtime", "loss_grid")),
        ],
        # The icing flow was replaced; its link went, the relation stayed.
        dangling=[("7", "loss_icing")],
    )


def _weekly_kpi(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "executive_kpi_weekly",
        dev=2650,
        prod=3110,
        desc="Ten numbers for Monday's meeting",
        cycle="W",
        cron="0 30 7 ? * MON *",
        owners=";@reporting@;",
        visitors=None,
        alertMode=2,
        parameters="",
        tasks=[
            task("collect", "python3 kpi.py --week ${cal_week} --out kpi.json", kind=8),
            task("publish", "app=kpi-board;version=3;payload=kpi.json", kind=9, timeout=60),
        ],
        relations=edges("collect >> publish"),
        upstream=[
            Upstream("daily_production_report", to=("collect",)),
            Upstream("loss_attribution_daily", "waterfall", to=("collect",)),
        ],
    )


def _carbon_certificates(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "绿证申报_月度",
        dev=None,
        prod=3113,
        desc="绿证核发申报数据：按项目汇总上网电量，生成申报文件，人工复核后上传",
        cycle="M",
        cron="0 0 9 5W * ? *",
        owners="@trading@;@reporting@;",
        parameters=None,
        tasks=[
            task("按项目汇总", "hive -f gec_project.hql -hivevar month=${cal_month}", kind="COMMAND"),
            task("生成申报文件", "python3 gec.py --standard NEA-2024 --month ${cal_month}", kind=8),
            task("通知复核", "curl -fsS '@alerts@' -d 'text=绿证申报待复核：${cal_month}'", retryLimit=1),
        ],
        relations=edges("按项目汇总 >> 生成申报文件 > 通知复核"),
        upstream=[Upstream("月度发电量报表", "与结算单核对", to=("按项目汇总",))],
    )
