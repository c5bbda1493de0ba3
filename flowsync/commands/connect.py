"""Connect to the platform of an environment and list its flows."""

from collections.abc import Sequence

from flowsync.commands.context import RunContext
from flowsync.config import Environment, read_credentials
from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.enos.discovery import DiscoveredFlow, discover


def connect_all(environments: Sequence[Environment], context: RunContext) -> list[Client]:
    """Return a client of each environment; raises ConfigError with all credentials that are missing."""
    credentials = read_credentials(environments, context.environ)
    return [_client(*pair, context) for pair in zip(environments, credentials, strict=True)]


def connect(environment: Environment, context: RunContext) -> Client:
    """Return a client of an environment; sends no request. Raises ConfigError if a credential is missing."""
    return connect_all([environment], context)[0]


def _client(environment: Environment, credentials: tuple[str, str], context: RunContext) -> Client:
    connection = Connection(
        gateway=environment.gateway,
        org_id=environment.org_id,
        user_id=environment.user_id,
        app_key=credentials[0],
        app_secret=credentials[1],
        jobs=environment.jobs,
        rate=environment.rate,
        environment=environment.name,
        places=environment.places,
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
        tree = platform.directories()
        with platform.locating_errors():
            found = discover(tree, directories=globs.directories, names=globs.names, exclude=globs.exclude)
        listed.update({flow.flow_id: flow for flow in found})
    return listed
