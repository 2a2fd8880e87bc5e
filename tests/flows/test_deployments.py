"""Deployments are read leniently by Prefect: a wrong name would only show at 06:30."""

import csv
from importlib import import_module
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EMBEDDED = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
ON_POSTGRESQL = yaml.safe_load((ROOT / "docs" / "prefect-postgresql.yaml").read_text())[
    "deployments"
]
DEPLOYMENTS = EMBEDDED + ON_POSTGRESQL
KNOWN_KEYS = {
    "name", "description", "entrypoint", "work_pool", "concurrency_limit", "tags", "parameters",
    "schedules",
}  # fmt: skip


@pytest.mark.parametrize(
    "deployment", DEPLOYMENTS, ids=lambda one: f"{one['name']}-{one['entrypoint']}"
)
def test_every_deployment_names_a_flow_that_loads_and_takes_its_parameters(deployment):
    file, name = deployment["entrypoint"].split(":")
    flow = getattr(import_module(file.removesuffix(".py").replace("/", ".")), name)

    assert set(deployment) <= KNOWN_KEYS
    assert set(deployment["parameters"]) <= set(flow.parameters.properties)


def test_on_postgresql_each_entity_is_played_in_its_own_time_zone():
    with (ROOT / "data" / "sample" / "entities.csv").open(encoding="utf-8") as file:
        zones = {row["entity"]: row["time_zone"] for row in csv.DictReader(file)}
    for flow in ("collect", "confirm", "dispatch"):
        played = {
            one["parameters"]["entity"]: one["schedules"][0]["timezone"]
            for one in ON_POSTGRESQL
            if one["entrypoint"].endswith(f":{flow}")
        }
        assert played == zones


def test_an_entity_is_played_at_the_hours_of_the_embedded_deployment():
    hours = {
        one["entrypoint"]: [schedule["cron"] for schedule in one["schedules"]] for one in EMBEDDED
    }
    for one in ON_POSTGRESQL:
        assert [schedule["cron"] for schedule in one["schedules"]] == hours[one["entrypoint"]]


def test_the_schedule_is_in_a_zone_that_knows_summer_time():
    for deployment in DEPLOYMENTS:
        for schedule in deployment["schedules"]:
            assert "/" in schedule["timezone"]


def test_no_telemetry_leaves_the_machine(tmp_path):
    from flows.environment import prefect_settings

    settings = prefect_settings(tmp_path)
    assert settings["DO_NOT_TRACK"] == "1"
    assert settings["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
