"""The manifests for Kubernetes: they are built and valid, and say the same as compose and systemd do."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.run import ROLES
from core import VERSION
from core.addresses import REFUSED
from core.metrics.table import TABLE
from tests.deploy.image import check_of, services, stages
from tests.deploy.needs import GRACE, NEEDS
from tests.servers import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
KINDS_OF_OTHERS = {"ScaledObject", "TriggerAuthentication", "ServiceMonitor"}  # KEDA's and the Prometheus operator's
BUILT = ("base", "overlays/example", "overlays/trial")


@cache
def built(name: str) -> list[dict[str, Any]]:
    """All objects that kustomize makes of a folder."""
    made = subprocess.run(["kubectl", "kustomize", str(FOLDER / name)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return [each for each in yaml.safe_load_all(made.stdout) if each]


def of(kind: str, name: str = "base") -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in built(name) if each["kind"] == kind}


def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    return dict(deployment["spec"]["template"]["spec"])


@pytest.mark.parametrize("name", BUILT)
def test_what_kustomize_makes_is_valid(name: str, tmp_path: Path) -> None:
    known = [each for each in built(name) if each["kind"] not in KINDS_OF_OTHERS]
    assert len(known) >= 17
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump_all(known))
    line = [sys.executable, "-m", "kubernetes_validate", "--strict", "--no-warn", "--quiet", str(file)]
    checked = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    for each in built(name):
        if each["kind"] != "Namespace":
            assert each["metadata"]["namespace"] == "gumshoe", each["metadata"]
        probes = [c.get(f"{p}Probe", {}) for c in containers(each) for p in ("startup", "liveness", "readiness")]
        assert all(len({"exec", "httpGet", "tcpSocket"} & set(probe)) == 1 for probe in probes if probe)


def containers(thing: dict[str, Any]) -> list[dict[str, Any]]:
    template = thing["spec"].get("template") if "spec" in thing else None
    return list(template["spec"]["containers"]) if template else []


def test_each_process_is_started_and_given_secrets_as_elsewhere() -> None:
    assert set(of("Deployment")) == set(ROLES)
    for name, deployment in of("Deployment").items():
        (container,) = pod(deployment)["containers"]
        assert container["args"] == [name]
        (secret,) = [each["secret"] for each in pod(deployment)["volumes"] if each["name"] == "secrets"]
        assert {each["key"] for each in secret["items"]} == NEEDS[name]
        assert all(each["key"] == each["path"] for each in secret["items"])
        assert secret["secretName"] == "gumshoe"
        assert pod(deployment)["terminationGracePeriodSeconds"] >= GRACE
        assert {each["mountPath"] for each in container["volumeMounts"]} == {"/tmp", "/data", "/run/secrets"}
        assert "limits" in container["resources"]
    assert [each for each in built("overlays/example") if each["kind"] == "Secret"] == []  # referenced, never contained


@pytest.mark.parametrize("name", BUILT)
def test_no_pod_can_do_more_than_its_work(name: str) -> None:
    pods = [*of("Deployment", name).values(), *of("StatefulSet", name).values()]
    for each in pods:
        may = pod(each)
        assert may["automountServiceAccountToken"] is False
        assert may["securityContext"]["runAsNonRoot"] is True
        assert may["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = may["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    ours = of("Deployment", name).values()
    assert {str(pod(each)["securityContext"]["runAsUser"]) for each in ours} == {stages()["gumshoe"].last["USER"]}
    (namespace,) = of("Namespace", name).values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_probes_ask_what_the_health_checks_of_compose_ask() -> None:
    for name, deployment in of("Deployment").items():
        (container,) = pod(deployment)["containers"]
        lives = container["livenessProbe"]["exec"]["command"]
        assert lives == container["startupProbe"]["exec"]["command"]
        if name == "bot":
            assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
        else:
            assert container["readinessProbe"]["exec"]["command"] == [*lives, "--ready"] == check_of(services()[name])
        assert "--ready" not in lives  # a process that waits for Redis must not be started anew for it


def test_every_deployment_has_a_budget_and_none_stops_all_of_it() -> None:
    for name, deployment in of("Deployment").items():
        budget = of("PodDisruptionBudget")[name]["spec"]
        assert budget == {"maxUnavailable": 1, "selector": deployment["spec"]["selector"]}
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert deployment["spec"]["replicas"] == (1 if name == "beat" else 2)


def test_a_worker_reaches_the_internet_and_nothing_private() -> None:
    rules = of("NetworkPolicy")
    assert rules["nobody-with-anybody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    outside = rules["outside"]["spec"]
    assert outside["podSelector"] == {"matchLabels": {"gumshoe/outside": "yes"}}
    out = {name for name, each in of("Deployment").items() if "gumshoe/outside" in labels(each)}
    assert out == {"bot", "worker", "notifier"}
    assert {name for name, each in of("Deployment").items() if "gumshoe/record" in labels(each)} == out
    blocks = [each["ipBlock"] for each in outside["egress"][0]["to"]]

    def allowed(address: str) -> bool:
        asked = ip_address(address)
        within = [block for block in blocks if asked in ip_network(block["cidr"])]
        return any(not any(asked in ip_network(net) for net in block.get("except", [])) for block in within)

    assert all(allowed(address) for address in ("1.1.1.1", "8.8.8.8", "223.255.255.1", "2606:4700::1111"))
    inside = [
        network for network, reason in REFUSED if not re.search("documentation|special purpose|translator", reason)
    ]
    reached = {str(network) for network in inside if allowed(str(network[0])) or allowed(str(network[-1]))}
    assert reached == set()


def labels(deployment: dict[str, Any]) -> dict[str, str]:
    return dict(deployment["spec"]["template"]["metadata"]["labels"])


def test_keda_scales_on_a_queue_and_a_metric_that_exist() -> None:
    (scaled,) = of("ScaledObject", "overlays/example").values()
    assert scaled["spec"]["scaleTargetRef"] == {"name": "worker"}
    assert "replicas" not in of("Deployment", "overlays/example")["worker"]["spec"]  # or each apply would undo its work
    by = {each["type"]: each["metadata"] for each in scaled["spec"]["triggers"]}
    words = list(ROLES["worker"])
    assert by["redis"]["listName"] in words[words.index("-Q") + 1].split(",")
    assert by["redis"]["listLength"] == words[words.index("-c") + 1]
    (metric,) = re.findall(r"gumshoe_\w+", by["prometheus"]["query"])
    assert metric in TABLE
    (monitor,) = of("ServiceMonitor", "overlays/example").values()
    assert monitor["spec"]["selector"]["matchLabels"].items() <= of("Service")["bot"]["metadata"]["labels"].items()


def test_images_are_pinned() -> None:
    for name in ("overlays/example", "overlays/trial"):
        images = [each["image"] for thing in built(name) for each in containers(thing)]
        ours = [image for image in images if "gumshoe" in image]
        assert {image.rpartition(":")[2] for image in ours} == {VERSION}
        others = {image.rpartition(":")[0]: image for image in images if image not in ours}
        assert set(others.values()) <= {service["image"] for service in services().values()}
