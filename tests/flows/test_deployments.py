"""`prefect.yaml` is read leniently by Prefect: a wrong name would only show at 06:30."""

from importlib import import_module
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
KNOWN_KEYS = {
    "name", "description", "entrypoint", "work_pool", "concurrency_limit", "tags", "parameters",
    "schedules",
}  # fmt: skip


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_every_deployment_names_a_flow_that_loads_and_takes_its_parameters(deployment):
    file, name = deployment["entrypoint"].split(":")
    flow = getattr(import_module(file.removesuffix(".py").replace("/", ".")), name)

    assert set(deployment) <= KNOWN_KEYS
    assert set(deployment["parameters"]) <= set(flow.parameters.properties)


def test_the_schedule_is_in_a_zone_that_knows_summer_time():
    for deployment in DEPLOYMENTS:
        for schedule in deployment["schedules"]:
            assert "/" in schedule["timezone"]


def test_no_telemetry_leaves_the_machine(tmp_path):
    from flows.environment import prefect_settings

    settings = prefect_settings(tmp_path)
    assert settings["DO_NOT_TRACK"] == "1"
    assert settings["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
