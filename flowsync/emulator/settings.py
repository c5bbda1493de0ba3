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
    environments = [_environment_text(url, organisation) for organisation in organisations]
    return "version: 1\nenvironments:\n" + "".join(environments)


def credentials(organisations: Sequence[Organisation]) -> dict[str, str]:
    """Return the environment variables that the configuration names, with the emulator's made-up secrets."""
    return {
        name: value
        for organisation in organisations
        for name, value in (
            (_variable(organisation, "APP_KEY"), organisation.app_key),
            (_variable(organisation, "APP_SECRET"), organisation.app_secret),
        )
    }


def _environment_text(url: str, organisation: Organisation) -> str:
    key, secret = (_variable(organisation, part) for part in ("APP_KEY", "APP_SECRET"))
    return (
        f"  {organisation.name}:\n"
        f"    gateway: {url}\n"
        f"    orgId: {organisation.org_id}\n"
        f"    userId: {organisation.user_id}\n"
        f"    credentials: {{appKey: {{env: {key}}}, appSecret: {{env: {secret}}}}}\n"
        "    discover: {directories: ['**']}\n"
    )


def _variable(organisation: Organisation, part: str) -> str:
    return f"ENOS_{organisation.name.upper().replace('-', '_')}_{part}"
