import json
import traceback
from pathlib import Path

import jsonschema
import pytest

from flowsync.config import (
    Credentials,
    Discover,
    Guards,
    Secret,
    config_schema,
    nearest_file,
    parse_settings,
    read_credentials,
    secret_value,
)
from flowsync.document.reader import parse_yaml
from flowsync.errors import ConfigError, UsageError

WHOLE = """
version: 1
environments:
  prod:
    gateway: https://apim.example.com
    orgId: o15000000000001
    userId: u15426865866571
    credentials: {appKey: {env: ENOS_APP_KEY}, appSecret: {file: /run/secrets/enos}}
    flows: [2924, 2925, 2924]
    discover: {directories: [Workflow/etl/**], names: [], exclude: [tmp-*]}
    jobs: 8
    rate: 12.5
    guards: {change: 40%, minimum: 20}
commit: {author: "flowsync <flowsync@example.com>"}
"""
SMALL = """
version: 1
environments:
  prod:
    gateway: https://apim.example.com
    orgId: o1
    userId: u1
    credentials: {appKey: {env: KEY}, appSecret: {env: SECRET}}
    flows: [2924]
"""


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text.encode(), "flowsync.yaml")
    return caught.value.problems


def test_every_documented_setting_is_read() -> None:
    settings = parse_settings(WHOLE.encode(), "flowsync.yaml")
    (prod,) = settings.environments.values()
    assert settings.author == "flowsync <flowsync@example.com>"
    assert (prod.name, prod.org_id, prod.user_id) == ("prod", "o15000000000001", "u15426865866571")
    assert prod.credentials == Credentials(Secret(variable="ENOS_APP_KEY"), Secret(file="/run/secrets/enos"))
    assert prod.flows == (2924, 2925)
    assert prod.discover == Discover(("Workflow/etl/**",), (), ("tmp-*",))
    assert (prod.jobs, prod.rate, prod.guards) == (8, 12.5, Guards(0.4, 20))


def test_missing_settings_have_the_documented_defaults() -> None:
    (prod,) = parse_settings(SMALL.encode(), "flowsync.yaml").environments.values()
    assert (prod.jobs, prod.rate, prod.discover, prod.guards) == (4, None, None, Guards(0.3, 10))


def test_all_problems_are_reported_with_file_line_and_key() -> None:
    text = SMALL.replace("orgId: o1", "orgID: o1").replace("[2924]", "[x, 0]") + "extra: 1\n"
    found = problems(text)
    assert "flowsync.yaml:5: environments.prod: the key orgId is missing" in found
    assert "flowsync.yaml:6: environments.prod.orgID: unknown key; did you mean orgId?" in found
    assert "flowsync.yaml:9: environments.prod.flows.0: expected a whole number, got 'x'" in found
    assert "flowsync.yaml:9: environments.prod.flows.1: expected at least 1, got 0" in found
    assert "flowsync.yaml:10: extra: unknown key" in found
    assert len(found) == 5


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("version: 2", "version: 1", "expected 1, got 2"),
        ("Prod:", "prod:", "invalid name; expected at most 32 of a-z"),
        ("{env: KEY, file: x}", "{env: KEY}", "exactly one of env and file"),
        ("appKey: abc", "appKey: {env: KEY}", "it must not be in this file; name its source: {env: NAME}"),
        ("flows: []", "flows: [2924]", "nothing to export"),
        ("discover: {exclude: [x]}", "flows: [2924]", "nothing to find"),
        ("flows: [2924]\n    jobs: 0", "flows: [2924]", "expected at least 1, got 0"),
        ("flows: [2924]\n    jobs: true", "flows: [2924]", "expected a whole number, got True"),
        ("flows: [2924]\n    guards: {change: 130%}", "flows: [2924]", "expected a share like 30%"),
        ("flows: [2924]\ncommit: {author: nobody}", "flows: [2924]", "expected Name <address>"),
    ],
)
def test_an_invalid_value_is_reported(wrong: str, right: str, message: str) -> None:
    (found, *_) = problems(SMALL.replace(right, wrong))
    assert message in found


@pytest.mark.parametrize(
    ("gateway", "message"),
    [
        ("http://apim.example.com", "plain http:// is accepted for localhost"),
        ("HTTP://127.0.0.1.example.com", "plain http:// is accepted for localhost"),
        ("http://10.0.0.1", "plain http:// is accepted for localhost"),
        ("http://2130706433", "plain http:// is accepted for localhost"),
        ("ftp://apim.example.com", "expected https://HOST"),
        ("apim.example.com", "expected https://HOST"),
        ("https://", "expected https://HOST"),
        ("https://who:hidden@apim.example.com", "must not contain a user name or password"),
        ("https://apim.example.com?action=delete", "without query or fragment"),
        ("https://apim.example.com#part", "without query or fragment"),
        ("https://apim.example.com:notaport", "expected https://HOST"),
        ("'http://[::1'", "plain http:// is accepted for localhost"),
        (f"https://{'a' * 70}.example.com", "expected https://HOST"),
        ("https://a..example.com", "expected https://HOST"),
    ],
)
def test_an_unsafe_or_invalid_gateway_is_refused_with_file_line_and_key(gateway: str, message: str) -> None:
    (found,) = problems(SMALL.replace("https://apim.example.com", gateway))
    assert found.startswith("flowsync.yaml:5: environments.prod.gateway: ")
    assert message in found
    assert "hidden" not in found


@pytest.mark.parametrize("gateway", ["https://<your-gateway>", "https://...", "https://<gateway>/path"])
def test_a_placeholder_for_the_gateway_has_its_own_message(gateway: str) -> None:
    (found,) = problems(SMALL.replace("https://apim.example.com", gateway))
    assert f"{gateway!r} is a placeholder; write the address of your gateway" in found


def test_all_missing_values_of_all_environments_are_one_error() -> None:
    other = SMALL.partition("environments:\n")[2].replace("prod:", "dev:").replace("env: KEY", "env: DEV_KEY")
    settings = parse_settings((SMALL + other).encode(), "flowsync.yaml")
    with pytest.raises(ConfigError, match="not ready to connect: 4 problems") as caught:
        read_credentials(settings.environments.values(), {"SECRET": "x", "KEY": " "})
    example = "gateway: this is an example; write the address of your gateway"
    key = "credentials.appKey: the environment variable"
    assert caught.value.problems == (
        f"flowsync.yaml:5: environments.prod.{example}",
        f"flowsync.yaml:8: environments.prod.{key} KEY is not set or empty",
        f"flowsync.yaml:11: environments.dev.{example}",
        f"flowsync.yaml:14: environments.dev.{key} DEV_KEY is not set or empty",
    )
    assert caught.value.hint.endswith("; export KEY=...; export DEV_KEY=...")


def test_a_secret_in_place_of_the_name_of_a_variable_is_not_quoted() -> None:
    settings = parse_settings(SMALL.replace("env: SECRET", "env: a1b2c3d4").encode(), "flowsync.yaml")
    with pytest.raises(ConfigError) as caught:
        read_credentials(settings.environments.values(), {"KEY": "x"})
    assert "a1b2" not in f"{caught.value.problems}{caught.value.hint}"


def test_invalid_yaml_is_reported_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"flowsync\.yaml:2: not YAML"):
        parse_settings(b"version: 1\n  nope: [", "flowsync.yaml")


@pytest.mark.parametrize("text", ["", "[]", "just text"])
def test_a_file_without_a_mapping_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_settings(text.encode(), "flowsync.yaml")


def test_a_secret_is_read_from_its_variable_or_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from file\n")
    assert secret_value(Secret(variable="KEY"), {"KEY": "from variable"}) == "from variable"
    assert secret_value(Secret(file=str(tmp_path / "secret")), {}) == "from file"


@pytest.mark.parametrize("secret", [Secret(variable="KEY"), Secret(file="/nowhere/at/all", key="a.KEY")])
def test_a_missing_secret_is_an_error_that_names_its_place(secret: Secret) -> None:
    with pytest.raises(ConfigError, match="KEY"):
        secret_value(secret, {})


def test_an_unknown_environment_is_an_error_that_names_the_known_ones() -> None:
    settings = parse_settings(SMALL.encode(), "flowsync.yaml")
    with pytest.raises(UsageError, match="no such environment: 'staging'") as caught:
        settings.select(["staging"])
    assert "prod" in caught.value.hint


def test_the_nearest_file_up_to_the_root_is_found(tmp_path: Path) -> None:
    below = tmp_path / "repository" / "flows" / "prod"
    below.mkdir(parents=True)
    (tmp_path / "flowsync.yaml").touch()
    assert nearest_file(below, tmp_path / "repository") is None
    (tmp_path / "repository" / "flowsync.yaml").touch()
    assert nearest_file(below, tmp_path / "repository") == tmp_path / "repository" / "flowsync.yaml"


def test_the_published_schema_agrees_with_the_parser() -> None:
    validator = jsonschema.Draft202012Validator(config_schema())
    validator.check_schema(config_schema())
    validator.validate(parse_yaml(WHOLE))
    broken = parse_yaml(SMALL.replace("orgId", "orgID"))
    assert not validator.is_valid(broken)


def test_the_template_is_a_valid_configuration() -> None:
    template = Path(__file__).parents[2] / "repo-template" / "flowsync.yaml"
    settings = parse_settings(template.read_bytes(), "flowsync.yaml")
    assert list(settings.environments) == ["prod"]
    jsonschema.validate(json.loads(json.dumps(parse_yaml(template.read_text()))), config_schema())


REFUSED = [
    ("https://apim.example.com", "http://apim.example.com"),
    ("https://apim.example.com", "https://apim.example.com?x=1"),
    ("https://apim.example.com", "ftp://apim.example.com"),
    ("https://apim.example.com", '"https://[::1"'),
    ("https://apim.example.com", '"https://[1:2"'),
    ("https://apim.example.com", "https://apim.example.com:65536"),
    ("https://apim.example.com", "https://apim.example.com:port"),
    ("https://apim.example.com", "https://apim.example.com:0"),
    ("https://apim.example.com", '"https://apim.example.com\\n"'),
    ("https://apim.example.com", '"https://apim\\t.example.com"'),
    ("https://apim.example.com", "https://apim.example.com/a b"),
    ("https://apim.example.com", "https://"),
    ("https://apim.example.com", "https://user:password@apim.example.com"),
    ("{env: KEY}", "{}"),
    ("{env: KEY}", "{env: KEY, file: key}"),
    ("{env: KEY}", "{env: 9-lives}"),
    ("{env: KEY}", "{file: ''}"),
    ("{env: KEY}", "secret"),
    ("    flows: [2924]\n", ""),
    ("[2924]", "[]"),
    ("[2924]", "[0]"),
    ("flows: [2924]", "discover: {}"),
    ("flows: [2924]", "discover: {exclude: [x]}"),
    ("flows: [2924]", "discover: {names: []}"),
    ("[2924]", "[2924]\n    rate: 0"),
    ("[2924]", "[2924]\n    jobs: 0"),
    ("[2924]", "[2924]\n    guards: {change: '999'}"),
    ("[2924]", "[2924]\n    guards: {change: 100.5%}"),
    ("[2924]", "[2924]\n    guards: {change: 999%}"),
    ("[2924]", "[2924]\n    guards: {minimum: -1}"),
    ("[2924]", "[2924]\ncommit: {author: nobody}"),
    ("[2924]", '[2924]\ncommit: {author: "Me <me@here>\\n"}'),
    ("prod:", "PROD:"),
]
ACCEPTED = [
    ("https://apim.example.com", "http://127.0.0.1:8080"),
    ("https://apim.example.com", "HTTP://LocalHost:1/"),
    ("https://apim.example.com", "'http://[::1]:8080'"),
    ("https://apim.example.com", "https://apim.example.com:65535/gateway"),
    ("{env: KEY}", "{file: ~/key}"),
    ("flows: [2924]", "discover: {names: [x]}"),
    ("[2924]", "[2924]\n    guards: {change: 100%, minimum: 0}"),
    ("[2924]", "[2924]\n    rate: null"),
]


@pytest.mark.parametrize(("right", "wrong"), REFUSED)
def test_parser_and_published_schema_refuse_the_same_files(right: str, wrong: str) -> None:
    assert right in SMALL
    text = SMALL.replace(right, wrong)
    assert problems(text)
    assert not jsonschema.Draft202012Validator(config_schema()).is_valid(parse_yaml(text))


@pytest.mark.parametrize(("right", "other"), ACCEPTED)
def test_parser_and_published_schema_accept_the_same_files(right: str, other: str) -> None:
    text = SMALL.replace(right, other)
    assert parse_settings(text.encode(), "flowsync.yaml").environments
    jsonschema.validate(parse_yaml(text), config_schema())


@pytest.mark.parametrize("file", ["~nobody-of-this-name/key", "a\0b"])
def test_a_secret_at_an_invalid_path_is_an_error(file: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read from the file"):
        secret_value(Secret(file=file), {})


@pytest.mark.parametrize("secret", ["TOP-SECRET", "TOP/SECRET", "~TOP-SECRET", "TOP\0SECRET", "TOP" * 100])
def test_a_secret_in_place_of_a_file_name_is_not_quoted(secret: str) -> None:
    text = SMALL.replace("{env: SECRET}", json.dumps({"file": secret}))
    place = parse_settings(text.encode(), "flowsync.yaml").environments["prod"].credentials.app_secret
    with pytest.raises(ConfigError, match=r"environments\.prod\.credentials\.appSecret") as caught:
        secret_value(place, {})
    error = caught.value
    assert "TOP" not in f"{error.sentence}{error.hint}{''.join(traceback.format_exception(error))}"
