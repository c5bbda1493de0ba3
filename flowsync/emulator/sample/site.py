"""What differs between the two organisations of the sample company: ids, people, hosts, data sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Site:
    """One organisation's surroundings. `words` replace `@word@` in every text of a flow."""

    name: Literal["dev", "prod"]
    org_id: str
    user_id: str
    app_key: str
    app_secret: str = field(repr=False)
    submitter: str
    words: Mapping[str, str]
    datasources: Mapping[str, int]

    def either(self, *, dev: T, prod: T) -> T:
        """What holds in this organisation, where the two differ in a single place."""
        return dev if self.name == "dev" else prod


DEV = Site(
    name="dev",
    org_id="o15500000000001",
    user_id="u15500000000001",
    app_key="fake-app-key-dev",
    app_secret="fake-app-secret-dev",  # noqa: S106 (opens nothing but the emulator)
    submitter="data_o15500000000001",
    words=MappingProxyType(
        {
            "data": "li.wei",
            "forecast": "chen.jing",
            "reporting": "zhao.lei",
            "trading": "chen.jing",
            "monitoring": "li.wei",
            "readers": "wang.fang",
            "namenode": "hdfs://nn-dev.beita.example:8020",
            "hive": "jdbc:hive2://hive-dev.beita.example:10000",
            "kafka": "kafka-dev-1.beita.example:9092",
            "mysql": "mysql-dev.beita.example",
            "redis": "redis-dev.beita.example:6379",
            "sftp": "sftp-dev.beita.example",
            "api": "https://api-dev.beita.example",
            "warehouse": "/user/data_dev/warehouse",
            "alerts": "https://alert-dev.beita.example/hook/windops-test",
            "mail": "windops-dev@beita.example",
            "db": "wind_dev",
            "train_image": "forecast/train:2.8.0-rc2",
        }
    ),
    datasources=MappingProxyType({"scada": 1104, "nwp": 1131, "erp": 1150, "cms": 1162}),
)

PROD = Site(
    name="prod",
    org_id="o15500000000002",
    user_id="u15500000000002",
    app_key="fake-app-key-prod",
    app_secret="fake-app-secret-prod",  # noqa: S106 (opens nothing but the emulator)
    submitter="data_o15500000000002",
    words=MappingProxyType(
        {
            "data": "svc.dataops;li.wei",
            "forecast": "svc.forecast;chen.jing",
            "reporting": "svc.report;zhao.lei",
            "trading": "svc.trading;sun.yue",
            "monitoring": "svc.dataops;he.jun",
            "readers": "wang.fang;control.room",
            "namenode": "hdfs://nn-ha.beita.example:8020",
            "hive": "jdbc:hive2://hive-lb.beita.example:10000",
            "kafka": "kafka-1.beita.example:9092,kafka-2.beita.example:9092,kafka-3.beita.example:9092",
            "mysql": "mysql-ro.beita.example",
            "redis": "redis-ha.beita.example:6379",
            "sftp": "sftp.beita.example",
            "api": "https://api.beita.example",
            "warehouse": "/user/data_prod/warehouse",
            "alerts": "https://alert.beita.example/hook/windops",
            "mail": "windops@beita.example",
            "db": "wind",
            "train_image": "forecast/train:2.7.1",
        }
    ),
    datasources=MappingProxyType({"scada": 2087, "nwp": 2093, "erp": 2110, "cms": 2124}),
)
