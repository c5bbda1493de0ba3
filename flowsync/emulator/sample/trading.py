"""Electricity trading: spot prices, day-ahead bids, settlement."""
# ruff: noqa: RUF001 (Chinese text has its own punctuation)

from flowsync.emulator.sample.building import SampleFlow, Upstream, edges, flow, per_key, single, tabbed, task
from flowsync.emulator.sample.site import Site

FOLDER = "交易"

_OPTIMISE = tabbed(
    """
    import highspy

    model = highspy.Highs()
    model.setOptionValue("time_limit", 120.0)
    for period in range(96):
        low, high = bounds(period)
        # between the floor and what the forecast can carry
        model.addVar(low, high)
        model.changeColCost(period, -expected_margin(period))
    for hour in range(24):
        if ramp_limited(hour):
            model.addRow(-ramp, ramp, 2, [4 * hour, 4 * hour + 3], [-1, 1])
    model.run()
    """
)


def flows(site: Site) -> list[SampleFlow]:
    return [*_spot_prices(site), *_day_ahead_bid(site), *_settlement(site), *_rolling_position(site)]


def _spot_prices(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "spot_price_ingest",
        dev=2661,
        prod=3121,
        desc="Day-ahead and real-time prices of the provincial markets",
        cycle="H",
        cron=site.either(dev="0 50 8-18 * * ? *", prod="0 50 * * * ? *"),
        owners="@trading@;",
        tasks=[
            task(
                "fetch_market",
                r"""
                set -eu
                province=$1
                token=$(cat /run/secrets/market-$province)
                curl -fsS --max-time 60 -H "Authorization: Bearer $token" \
                  "@api@/market/$province/prices?day=${cal_dt}&kind=da,rt" > "$province.json"
                jq -e '.prices | length > 0' "$province.json"
                """,
                run=per_key("gansu,neimenggu-west,hebei-north,jiangsu", parallel=4, cpu=0.1, memory=0.3),
                retryInterval=45,
            ),
            task("normalise_units", "python3 units.py --to CNY/MWh *.json > prices.csv", kind=8),
            task("load_prices", "prices.csv -> ods_spot_price", kind="DATA_INTEGRATION", asLink=True),
        ],
        relations=edges("fetch_market >> normalise_units >> load_prices"),
    )


def _day_ahead_bid(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "日前申报_辅助",
        dev=2664,
        prod=3124,
        desc="生成日前申报建议曲线：短期预测、价格预测与中长期持仓；只建议，不自动申报",
        cycle="D",
        cron="0 0 9 * * ? *",
        owners=";@trading@;@forecast@; ",
        alertMode=3,
        parameters=[{"key": "risk", "value": "0.15"}, {"key": "floor", "value": "40"}],
        tasks=[
            task("price_forecast", "python3 price_forecast.py --day +1", kind=8, run=single(cpu=1, memory=2)),
            task("position", "python3 position.py --day +1 --contracts annual,monthly", kind=8),
            task("optimise", _OPTIMISE, kind=8, run=single(cpu=2, memory=3), timeout=600),
            task("draft_for_trader", "python3 draft.py --to 交易台 --format xlsx", kind=9),
        ],
        relations=edges("price_forecast, position >> optimise > draft_for_trader"),
        upstream=[
            Upstream("功率预测_短期", "aggregate", to=("optimise",), rerun=True),
            Upstream("spot_price_ingest", "load_prices", to=("price_forecast",)),
            Upstream("主数据_风场与机组", to=("position",)),
        ],
    )


def _settlement(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "settlement_reconciliation",
        dev=None,
        prod=3127,
        desc="结算核对：交易中心结算单与计量、合同逐时段比对，差异超过 0.5% 报警",
        cycle="M",
        cron="0 0 10 8 * ? *",
        owners="@trading@;@reporting@",
        tasks=[
            task("fetch_statement", "sftp batch@@sftp@:/exchange/${cal_month}/*.pdf statements/"),
            task(
                "read_statement",
                "python3 pdf_tables.py statements/ > statement.csv",
                kind=8,
                run=single(cpu=1, memory=4),
            ),
            task(
                "compare",
                """
                SELECT s.unit, s.period, s.energy AS settled, m.energy AS metered,
                       s.energy - m.energy AS difference
                  FROM stg_statement s
                  FULL OUTER JOIN dwd_meter_15min m ON m.unit = s.unit AND m.period = s.period
                 WHERE ABS(COALESCE(s.energy, 0) - COALESCE(m.energy, 0)) > 0.005 * COALESCE(m.energy, 1)
                """,
                kind=5,
            ),
            task("open_ticket", "app=ticket;queue=settlement;file=differences.csv", kind=9, retryLimit=0),
        ],
        relations=edges("fetch_statement > read_statement >> compare > open_ticket"),
        upstream=[
            Upstream("月度发电量报表", to=("compare",)),
            Upstream("dim_tariff_sync", "load", to=("compare",)),
        ],
    )


def _rolling_position(site: Site) -> list[SampleFlow]:
    return flow(
        site,
        FOLDER,
        "rolling_position_15min",
        dev=2670,
        prod=3130,
        desc="Open position by quarter hour for the trading desk's screen",
        cycle="mi",
        cron=site.either(dev="0 0 8 * * ? *", prod="0 7/15 7-20 * * ? *"),
        owners="@trading@",
        alertMode=0,
        tasks=[
            task("compute", "python3 open_position.py --horizon 8h", kind=8, timeout=120),
            task(
                "to_screen", "redis-cli -u redis://@redis@ -x SET desk:position < position.json", timeout=30
            ),
        ],
        relations=edges("compute >> to_screen"),
        upstream=[
            Upstream("功率预测_超短期", "rolling_forecast", to=("compute",)),
            Upstream("spot_price_ingest", to=("compute",)),
        ],
    )
