"""Connect to the platform of an environment and list its flows."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowsync.commands.context import RunContext
from flowsync.config import Environment, read_credentials
from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.enos.discovery import discover


def connections(environments: Iterable[Environment], context: RunContext) -> list[Connection]:
    """Return the connections of environments; raises ConfigError with all credentials that are missing."""
    environments = tuple(environments)
    credentials = read_credentials(environments, context.environ)
    return [
        Connection(
            gateway=environment.gateway,
            org_id=environment.org_id,
            user_id=environment.user_id,
            app_key=key,
            app_secret=secret,
            jobs=environment.jobs,
            rate=environment.rate,
            environment=environment.name,
            places=environment.places,
        )
        for environment, (key, secret) in zip(environments, credentials, strict=True)
    ]


def client(connection: Connection, context: RunContext) -> Client:
    """Create a client for a connection."""
    return Client(connection, clock=context.clock, sleep=context.sleep, random=context.random)


@dataclass(frozen=True)
class ListedFlow:
    """A flow to export; only discovered flows have a name and a directory."""

    flow_id: int
    name: str = ""
    directory: str = ""


def list_flows(environment: Environment, platform: Client) -> dict[int, ListedFlow]:
    """List the flows of an environment by id: the configured ones, then the discovered ones.

    Raises GatewayError if discovery fails or finds nothing.
    """
    listed = {flow_id: ListedFlow(flow_id) for flow_id in environment.flows}
    globs = environment.discover
    if globs is not None:
        tree = platform.directories()
        with platform.locating_errors():
            found = discover(tree, directories=globs.directories, names=globs.names, exclude=globs.exclude)
        listed.update({flow.flow_id: ListedFlow(flow.flow_id, flow.name, flow.directory) for flow in found})
    return listed
