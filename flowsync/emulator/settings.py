"""The configuration file and the environment variables that make flowsync use an emulator."""

from collections.abc import Sequence

from flowsync.emulator.organisation import Organisation


def settings_text(url: str, organisations: Sequence[Organisation]) -> str:
    """Return flowsync.yaml, then the `export` lines for the shell, each part under a comment."""
    exports = [f"export {name}={value}" for name, value in credentials(organisations).items()]
    return "\n".join(
        ["# flowsync.yaml", configuration_text(url, organisations), "# in the shell", *exports, ""]
    )


def configuration_text(url: str, organisations: Sequence[Organisation]) -> str:
    """Return flowsync.yaml with one environment for each organisation, discovering all its workflows."""
    return "version: 1\nenvironments:\n" + "".join(
        f"  {organisation.name}:\n"
        f"    gateway: {url}\n"
        f"    orgId: {organisation.org_id}\n"
        f"    userId: {organisation.user_id}\n"
        f"    credentials: {{appKey: {{env: {_prefix(organisation)}KEY}},"
        f" appSecret: {{env: {_prefix(organisation)}SECRET}}}}\n"
        "    discover: {directories: ['**']}\n"
        for organisation in organisations
    )


def credentials(organisations: Sequence[Organisation]) -> dict[str, str]:
    """Return the environment variables that the configuration names, with the emulator's made-up secrets."""
    variables = {}
    for organisation in organisations:
        variables[f"{_prefix(organisation)}KEY"] = organisation.app_key
        variables[f"{_prefix(organisation)}SECRET"] = organisation.app_secret
    return variables


def _prefix(organisation: Organisation) -> str:
    return f"ENOS_{organisation.name.upper().replace('-', '_')}_APP_"
