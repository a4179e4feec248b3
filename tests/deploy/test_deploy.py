"""The files for running it agree with the program: users, ports, probes, limits, settings, figures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
SETTINGS = set(re.findall(r"^(B12_[A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
PATHS = {"/health", "/ready", "/metrics"}


def _yaml(path: Path) -> list[Any]:
    # Not ruamel: once Rasa is loaded, that would take Compose's ${NAME:-default} for variables of its own.
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def _objects() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in MANIFESTS:
        for document in _yaml(path):
            yield f"{path.name}:{document['kind']}", document


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, document in _objects():
        if "template" in document.get("spec", {}):
            yield name, document["spec"]["template"]["spec"]


OBJECTS, PODS = dict(_objects()), dict(_pods())
COMPOSE = _yaml(DEPLOY / "compose.yaml")[0]
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("b12bot")}


@pytest.mark.parametrize("document", OBJECTS.values(), ids=list(OBJECTS))
def test_a_manifest_fits_the_schema_of_kubernetes(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.28", strict=True)


def test_kustomize_names_every_manifest() -> None:
    listed = set(_yaml(DEPLOY / "kubernetes" / "kustomization.yaml")[0]["resources"])
    assert listed == {path.name for path in MANIFESTS if path.name not in ("secret.example.yaml", "secret.yaml")}


@pytest.mark.parametrize("pod", PODS.values(), ids=list(PODS))
def test_a_pod_runs_without_rights_and_within_limits(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    for container in pod["containers"]:
        rights = container["securityContext"]
        assert rights["readOnlyRootFilesystem"] and not rights["allowPrivilegeEscalation"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize("pod", [pod for name, pod in PODS.items() if "Job" not in name])
def test_a_serving_pod_is_probed_on_a_port_it_opens_and_a_path_that_exists(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    expected = {"door": 8080, "console": 8081}[container["args"][1]]
    assert list(ports.values()) == [expected]
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in PATHS and container[probe]["httpGet"]["port"] in ports


def test_services_budgets_and_policies_select_pods_that_exist() -> None:
    labels = [
        document["spec"]["template"]["metadata"]["labels"]
        for document in OBJECTS.values()
        if "template" in document.get("spec", {})
    ]
    for name, document in OBJECTS.items():
        spec = document.get("spec", {})
        chosen = spec.get("podSelector") or (spec.get("selector") if "template" not in spec else None)
        if chosen:
            wanted = chosen.get("matchLabels", chosen)
            assert any(wanted.items() <= known.items() for known in labels), name


def test_the_ingress_publishes_the_patients_addresses_and_no_probe() -> None:
    rules = OBJECTS["ingress.yaml:Ingress"]["spec"]["rules"]
    chat = {path["path"] for path in rules[0]["http"]["paths"]}
    assert chat == {"/api", "/chat", "/widget", "/hooks"} and not chat & PATHS


def test_every_setting_named_for_containers_exists() -> None:
    named = set(OBJECTS["settings.yaml:ConfigMap"]["data"]) | set(OBJECTS["secret.example.yaml:Secret"]["stringData"])
    for service in OURS.values():
        named |= set(service["environment"])
    named |= set(re.findall(r"\b(B12_[A-Z0-9_]+)=", (DEPLOY / "Dockerfile").read_text(encoding="utf-8")))
    assert named and named <= SETTINGS


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_compose_service_is_limited_and_its_image_pinned(name: str) -> None:
    service = COMPOSE["services"][name]
    tag = service["image"].partition(":")[2]
    assert re.match(r"\d+\.\d+", tag), f"{name}: pin the image, found {service['image']}"
    assert "mem_limit" in service
    if name in OURS:
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
    if name not in ("proxy", "migrate") and name not in OURS:
        assert "healthcheck" in service


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    for target in re.findall(r"([a-z0-9-]+):(808[01])", caddy):
        assert target[0] in COMPOSE["services"]
    assert (
        COMPOSE["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
        == OURS["door-1"]["environment"]["B12_TRUSTED_PROXIES"]
    )


def test_the_image_holds_the_bytecode_that_its_user_may_not_write() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    made, run = text.index("-m compileall -q bot actions"), text.index("COPY --from=made /app /app")
    assert text.index("COPY bot bot") < made < run and "PYTHONDONTWRITEBYTECODE=1" in text[run - 800 : run]


def test_the_image_runs_as_somebody_without_rights_and_is_probed() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    stages = text.split("\nFROM ")
    assert len(stages) == 3 and "USER 10001:10001" in stages[-1] and "HEALTHCHECK" in stages[-1]
    assert "--require-hashes" in text and "/ready" in stages[-1]
    assert 'CMD ["serve", "door"]' in stages[-1]
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def _figures() -> set[str]:
    """Names that the metrics endpoint gives, as Prometheus stores them."""
    source = (ROOT / "bot" / "channels" / "metrics.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"(b12_[a-z0-9_]+)"', source))
    ends = ("_total", "_bucket", "_sum", "_count", "_info")
    return names | {f"{name}{end}" for name in names for end in ends}


def test_rules_and_dashboard_read_figures_that_exist() -> None:
    rules = [rule for group in _yaml(DEPLOY / "monitoring" / "alerts.yml")[0]["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
    queries = [rule["expr"] for rule in rules] + [
        target["expr"] for panel in dashboard["panels"] for target in panel["targets"]
    ]
    used = {name for query in queries for name in re.findall(r"\bb12_[a-z0-9_]+", query)}
    assert used and used <= _figures()
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["action"]


@pytest.mark.parametrize(
    "figure",
    [
        "b12_alert_oldest_seconds",
        "b12_model_info",
        "b12_content_info",
        "b12_messages_unanswered",
        "b12_stage_seconds_bucket",
        "b12_dangers_total",
        "b12_journal_pending",
    ],
)
def test_what_an_operator_must_see_is_on_the_dashboard(figure: str) -> None:
    dashboard = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
    assert any(figure in target["expr"] for panel in dashboard["panels"] for target in panel["targets"])


def test_what_may_not_wait_is_an_alert_rule() -> None:
    rules = (DEPLOY / "monitoring" / "alerts.yml").read_text(encoding="utf-8")
    for figure in ("b12_alert_oldest_seconds", "b12_messages_unanswered", "b12_model_info", "b12_stage_seconds_bucket"):
        assert figure in rules


def test_panels_do_not_lie_over_each_other() -> None:
    panels = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels) == len({panel["id"] for panel in panels})


def test_an_alert_rule_points_at_a_heading_of_the_operators_manual() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rules = (DEPLOY / "monitoring" / "alerts.yml").read_text(encoding="utf-8")
    headings = re.findall(r"docs/operations\.md, '([^']+)'", rules)
    assert headings
    for heading in headings:
        assert f"### {heading}\n" in manual
