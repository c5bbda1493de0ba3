"""Connect to the platform of an environment and list its flows."""

from flowsync.commands.context import RunContext
from flowsync.config import Environment, secret_value
from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.enos.discovery import DiscoveredFlow, discover


def connect(environment: Environment, context: RunContext) -> Client:
    """Return a client of an environment; sends no request. Raises ConfigError if a credential is missing."""
    credentials = environment.credentials
    connection = Connection(
        gateway=environment.gateway,
        org_id=environment.org_id,
        user_id=environment.user_id,
        app_key=secret_value(credentials.app_key, context.environ),
        app_secret=secret_value(credentials.app_secret, context.environ),
        jobs=environment.jobs,
        rate=environment.rate,
    )
    return Client(connection, clock=context.clock, sleep=context.sleep, random=context.random)


def list_flows(environment: Environment, platform: Client) -> dict[int, DiscoveredFlow]:
    """List the flows of an environment by id: the configured ones, then the discovered ones.

    A flow that is only configured has no name and no directory. Raises GatewayError if discovery fails or
    finds nothing.
    """
    listed = {flow_id: DiscoveredFlow(flow_id, "", "") for flow_id in environment.flows}
    globs = environment.discover
    if globs is not None:
        found = discover(
            platform.directories(), directories=globs.directories, names=globs.names, exclude=globs.exclude
        )
        listed.update({flow.flow_id: flow for flow in found})
    return listed
