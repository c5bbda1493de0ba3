import gc
import importlib
import os
import signal
import subprocess
import sys
import threading

import httpx
import pytest
import yaml

from flowsync.emulator.organisation import Organisation
from flowsync.emulator.server import serve, serving
from flowsync.emulator.settings import configuration_text, credentials, settings_text
from flowsync.errors import FlowsyncError

LONE = Organisation(
    name="pre-prod",
    org_id="o1",
    user_id="u1",
    app_key="fake-key",
    app_secret="fake-secret",
    flows={7: {"name": "a", "tasks": []}},
)


def test_an_emulator_serves_its_url_until_it_stops() -> None:
    with serving([LONE]) as emulator:
        answer = httpx.get(f"{emulator.url}/_control/organisations", trust_env=False)
        assert [organisation["orgId"] for organisation in answer.json()] == ["o1"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{emulator.url}/_control/organisations", trust_env=False)


def test_two_emulators_can_run_side_by_side() -> None:
    with serving([LONE]) as one, serving([LONE]) as other:
        one.delete_flow("o1", 7)
        assert one.url != other.url
        assert [len(emulator.organisations[0].flows) for emulator in (one, other)] == [0, 1]


def test_stopping_leaves_no_thread_and_no_open_socket() -> None:
    threads = threading.active_count()
    with httpx.Client(trust_env=False) as client:
        with serving([LONE]) as emulator:
            client.get(f"{emulator.url}/_control/organisations")
        assert threading.active_count() == threads
    gc.collect()  # an open socket would warn now, and warnings are errors


def test_stopping_does_not_wait_for_a_slow_response() -> None:
    threads = threading.active_count()
    with httpx.Client(trust_env=False, timeout=0.2) as client:
        with serving([LONE]) as emulator:
            emulator.fault("latency", action="any", seconds=600)
            with pytest.raises(httpx.ReadTimeout):
                client.post(f"{emulator.url}/apim-token-service/v2.0/token/get", json={})
        gc.collect()
    assert threading.active_count() == threads


def test_an_error_of_the_user_stops_the_emulator_and_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), serving([LONE]) as emulator:
        raise ZeroDivisionError
    with pytest.raises(httpx.ConnectError):
        httpx.get(emulator.url, trust_env=False)


def test_a_used_port_is_explained() -> None:
    with serving([LONE]) as emulator:
        port = int(emulator.url.rpartition(":")[2])
        with pytest.raises(FlowsyncError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            serve([LONE], port=port, ready=print)
    assert "another port" in caught.value.hint


def test_a_flow_is_stored_as_a_copy() -> None:
    export = {"name": "b", "tasks": [{"name": "x"}]}
    with serving([LONE]) as emulator:
        emulator.put_flow("o1", 8, export)
        export["tasks"] = []
        assert emulator.organisations[0].flows[8] == {"name": "b", "tasks": [{"name": "x"}]}


def test_an_unknown_organisation_or_flow_is_named() -> None:
    with serving([LONE]) as emulator:
        with pytest.raises(FlowsyncError, match="no organisation o9"):
            emulator.put_flow("o9", 7, {})
        with pytest.raises(FlowsyncError, match="organisation o1 has no flow 9"):
            emulator.edit("o1", 9, [])


def test_text_that_utf_8_cannot_encode_is_escaped() -> None:
    with serving([LONE]) as emulator:
        emulator.put_flow("o1", 8, {"name": "\ud800"})
        answer = httpx.get(f"{emulator.url}/_control/organisations/o1/flows/8", trust_env=False)
    assert answer.content == b'{"name":"\\ud800"}'


def test_serving_in_the_foreground_ends_cleanly_on_an_interrupt() -> None:
    program = """
import sys
from flowsync.emulator.organisation import Organisation
from flowsync.emulator.server import serve

lone = Organisation(name="a", org_id="o1", user_id="u1", app_key="k", app_secret="s", flows={})
try:
    serve([lone], port=0, ready=print)
except KeyboardInterrupt:
    print("interrupted")
"""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/_control/requests", trust_env=False).json() == []
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)


def test_a_missing_server_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "flowsync.emulator.server")
    with pytest.raises(FlowsyncError, match="uvicorn") as caught:
        importlib.import_module("flowsync.emulator.server")
    assert caught.value.hint == "pip install 'enos-flowsync[emulator]'"


# Settings


def test_the_configuration_has_one_environment_per_organisation() -> None:
    configuration = yaml.safe_load(configuration_text("http://127.0.0.1:8642", [LONE]))
    assert configuration == {
        "version": 1,
        "environments": {
            "pre-prod": {
                "gateway": "http://127.0.0.1:8642",
                "orgId": "o1",
                "userId": "u1",
                "credentials": {
                    "appKey": {"env": "ENOS_PRE_PROD_APP_KEY"},
                    "appSecret": {"env": "ENOS_PRE_PROD_APP_SECRET"},
                },
                "discover": {"directories": ["**"]},
            }
        },
    }


def test_the_variables_contain_the_secrets_and_the_configuration_does_not() -> None:
    assert "fake-secret" not in configuration_text("http://127.0.0.1:8642", [LONE])
    assert credentials([LONE]) == {
        "ENOS_PRE_PROD_APP_KEY": "fake-key",
        "ENOS_PRE_PROD_APP_SECRET": "fake-secret",
    }


def test_the_settings_to_paste_are_the_configuration_and_the_exports() -> None:
    text = settings_text("http://127.0.0.1:8642", [LONE])
    assert configuration_text("http://127.0.0.1:8642", [LONE]) in text
    assert "\nexport ENOS_PRE_PROD_APP_KEY=fake-key\nexport ENOS_PRE_PROD_APP_SECRET=fake-secret\n" in text
