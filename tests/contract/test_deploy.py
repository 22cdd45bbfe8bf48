"""What is deployed: its files are what their tools take, and agree with each other and with us."""

import json
import re
import tomllib

import kubernetes_validate
import pytest
import yaml

from service.db.database import most_connections
from service.settings import Settings, table
from tests.deployment_files import (
    DEPLOY,
    KUBERNETES,
    ROOT,
    Dockerfile,
    compose,
    manifest,
    manifests,
    rendered,
    seconds,
)

NEWEST_KUBERNETES = "1.37"
OLDEST_KUBERNETES = "1.30"
"""The first in which a pod may sleep before it stops."""
UID = 1034
WRITABLE = ("/state", "/tmp")  # noqa: S108  # the container's
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONTRACT = json.loads((ROOT / "clients/openapi.json").read_text(encoding="utf-8"))
SETTINGS = {setting.name for setting in table()}
OF_POSTGRESQL = {"PGPASSWORD"}
"""What libpq reads by itself."""
LAST_WORDS_S = 5
"""How much longer than a request the service waits, `service.server`."""
COMPOSE = compose()
SERVICES = COMPOSE["services"]


@pytest.fixture(scope="module", name="dockerfile")
def _dockerfile(tmp_path_factory):
    return Dockerfile.read(rendered(tmp_path_factory.mktemp("bento")))


# The container


def test_the_container_runs_as_nobody_of_importance(dockerfile):
    assert dockerfile.last("USER") == f"{UID}:{UID}"


def test_the_container_is_of_one_release_of_pythons_slim_image(dockerfile):
    assert {image.split()[0] for image in dockerfile.all("FROM")} == {"${BASE}"}
    assert re.fullmatch(r"BASE=.*/python:3\.11\.\d+-slim-\w+", dockerfile.all("ARG")[0])


def test_the_container_asks_for_its_health_whatever_port_it_serves(dockerfile):
    assert dockerfile.health == ["python", "-m", "service", "health"]


def test_the_container_says_what_it_is(dockerfile):
    labels = dict(
        re.findall(r'org\.opencontainers\.image\.(\S+)="([^"]*)"', dockerfile.last("LABEL"))
    )

    assert labels["licenses"] == PROJECT["license"]
    assert labels["version"] == "${VERSION}"
    assert labels.keys() >= {"title", "description", "revision", "created", "base.name"}


def test_the_container_serves_to_other_machines_and_takes_verbs(dockerfile):
    assert dockerfile.words("ENTRYPOINT") == ["python", "-m", "service"]
    assert dockerfile.words("CMD") == ["--host", "0.0.0.0"]  # noqa: S104  # it is a container
    assert dockerfile.last("STOPSIGNAL") == "SIGTERM"


def test_the_container_takes_packages_by_their_hashes_and_nothing_else_from_anywhere(dockerfile):
    [tool] = [run for run in dockerfile.all("RUN") if "apt-get" in run]  # of the first stage
    runs = " ".join(run for run in dockerfile.all("RUN") if run != tool)

    assert tool.split("&&")[1].split()[-3:] == ["binutils", ">", "/dev/null"]
    assert "--require-hashes" in runs
    assert "--only-binary :all:" in runs
    assert dockerfile.all("ADD") == []
    assert not re.search(r"\b(curl|wget|git|apt|apt-get|sh -c|https?://)", runs)


def test_the_container_holds_the_code_of_the_bento_and_no_other_file_of_it(dockerfile):
    copied = [rest.split() for rest in dockerfile.all("COPY")]
    from_the_bento = [words[0] for words in copied if not words[0].startswith("--from=")]

    assert from_the_bento == ["env/python/requirements.txt", "src"]


def test_whatever_the_container_writes_is_in_its_volume(dockerfile):
    environment = dockerfile.environment
    folders = {name: environment[name] for name in ("HOME", "BENTOML_HOME", "NUMBA_CACHE_DIR")}
    ours = Settings.from_env(settings_in(environment))

    assert dockerfile.words("VOLUME") == ["/state"]
    assert [n for n, folder in folders.items() if not folder.startswith("/state")] == []
    assert ours.database_url.startswith("sqlite:////state/")
    assert str(ours.cache).startswith("/state/")


def test_the_containers_loops_are_compiled_when_the_image_is_built(dockerfile):
    assert "&& python -m models.jit " in dockerfile.last("RUN")


def test_the_container_reports_to_nobody_and_counts_its_threads(dockerfile):
    assert dockerfile.environment["BENTOML_DO_NOT_TRACK"] == "True"
    assert dockerfile.environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert dockerfile.environment["OMP_NUM_THREADS"] == "1"


def test_bentoml_does_not_know_that_it_is_a_container(dockerfile):
    """It would not start a worker again that was killed, and half of them would be gone."""
    assert "BENTOML_CONTAINERIZED" not in dockerfile.environment


# Kubernetes


@pytest.mark.parametrize("version", [OLDEST_KUBERNETES, NEWEST_KUBERNETES])
@pytest.mark.parametrize(("file", "document"), manifests(), ids=lambda value: str(value)[:30])
def test_a_manifest_is_what_kubernetes_takes(file, document, version):
    del file  # names the test

    kubernetes_validate.validate(document, version, strict=True)


def test_every_manifest_is_applied_but_the_example_of_a_secret():
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    others = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}

    assert set(kustomization["resources"]) == others - {"secret.example.yaml"}
    assert {image["name"] for image in kustomization["images"]} == {
        container["image"] for container in containers()
    }
    assert {d["metadata"].get("namespace", d["metadata"]["name"]) for _, d in manifests()} == {
        kustomization["namespace"]
    }


def test_the_example_of_a_secret_holds_none():
    assert set(manifest("Secret")["stringData"].values()) == {""}


def test_kubernetes_settings_are_settings_of_the_service():
    message = manifest("ConfigMap")["data"]

    assert {name for name in message if name not in SETTINGS} == set()
    settings = Settings.from_env(message)
    assert settings.replicas > 1
    assert settings.migrate == "never"
    assert settings.database_url.startswith("postgresql://")


def test_kubernetes_never_invents_a_setting():
    """Of a service named attune it makes ATTUNE_PORT, which would be refused at the start."""
    assert [pod["enableServiceLinks"] for pod in pods()] == [False, False]


def test_every_name_that_a_container_reads_from_is_there():
    names = {(d["kind"], d["metadata"]["name"]): d for _, d in manifests()}

    for container in containers():
        for source in container["envFrom"]:
            assert ("ConfigMap", source["configMapRef"]["name"]) in names
        for variable in container["env"]:
            assert variable["name"] in SETTINGS | OF_POSTGRESQL
            wanted = variable["valueFrom"]["secretKeyRef"]
            assert wanted["key"] in names["Secret", wanted["name"]]["stringData"]
    assert {("ServiceAccount", pod["serviceAccountName"]) for pod in pods()} <= set(names)


def test_no_pod_has_more_rights_than_it_needs():
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == UID
        assert pod["securityContext"]["fsGroup"] == UID
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


def test_pods_may_write_where_the_container_writes():
    for pod in pods():
        volumes = {volume["name"] for volume in pod["volumes"]}
        mounts = {m["mountPath"]: m["name"] for m in pod["containers"][0]["volumeMounts"]}
        assert set(mounts) == set(WRITABLE)
        assert set(mounts.values()) == volumes


def test_probes_ask_for_paths_and_ports_that_are_served(dockerfile):
    [container] = manifest("Deployment")["spec"]["template"]["spec"]["containers"]
    [port] = container["ports"]

    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container[name]["httpGet"]
        assert asked["path"] in CONTRACT["paths"]
        assert asked["port"] == port["name"]
    assert str(port["containerPort"]) == dockerfile.last("EXPOSE")
    assert container["args"] == ["--host", "0.0.0.0", "--port", dockerfile.last("EXPOSE")]  # noqa: S104
    [served] = manifest("Service")["spec"]["ports"]
    assert served["targetPort"] == port["name"]


def test_only_readiness_knows_of_the_database():
    """A replica that was restarted because the database is away would not bring it back."""
    [container] = manifest("Deployment")["spec"]["template"]["spec"]["containers"]

    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_a_pod_has_time_to_answer_before_it_is_killed():
    pod = manifest("Deployment")["spec"]["template"]["spec"]
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    longest = Settings.from_env(manifest("ConfigMap")["data"]).timeout_s

    assert pause > pod["containers"][0]["readinessProbe"]["periodSeconds"]
    assert pod["terminationGracePeriodSeconds"] > pause + longest + LAST_WORDS_S


def test_a_release_rolls_without_a_gap():
    strategy = manifest("Deployment")["spec"]["strategy"]

    assert strategy["type"] == "RollingUpdate"
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_who_selects_pods_finds_those_of_the_deployment_alone():
    labels = {kind: manifest(kind)["spec"]["template"]["metadata"]["labels"] for kind in POD_KINDS}
    spread = manifest("Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"]
    selectors = [
        manifest("Deployment")["spec"]["selector"]["matchLabels"],
        manifest("Service")["spec"]["selector"],
        manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in spread),
    ]

    for selector in selectors:
        assert selector.items() <= labels["Deployment"].items()
        assert not selector.items() <= labels["Job"].items()


def test_the_network_policy_is_for_every_pod_and_lets_it_reach_its_database():
    policy = manifest("NetworkPolicy")["spec"]
    url = manifest("ConfigMap")["data"]["ATTUNE_DATABASE_URL"]
    [port] = re.findall(r":(\d+)/", url)

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    for kind in POD_KINDS:
        labels = manifest(kind)["spec"]["template"]["metadata"]["labels"]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    out = {each["port"] for rule in policy["egress"] for each in rule["ports"]}
    assert out == {53, int(port), OTLP_PORT}
    [dns] = [rule["to"] for rule in policy["egress"] if rule["ports"][0]["port"] == DNS_PORT]
    assert {"namespaceSelector": {}} in dns  # not every cluster has it in kube-system
    assert [each["port"] for rule in policy["ingress"] for each in rule["ports"]] == ["http"]


def test_the_autoscaler_scales_the_deployment_by_what_it_asks_for():
    scaler = manifest("HorizontalPodAutoscaler")["spec"]
    target = manifest("Deployment")
    [container] = target["spec"]["template"]["spec"]["containers"]

    assert scaler["scaleTargetRef"] == {
        "apiVersion": target["apiVersion"],
        "kind": "Deployment",
        "name": target["metadata"]["name"],
    }
    assert "replicas" not in target["spec"]  # applying it again would undo what was scaled
    for metric in scaler["metrics"]:
        assert metric["resource"]["name"] in container["resources"]["requests"]


def test_a_node_can_be_emptied_and_somebody_still_answers():
    budget = manifest("PodDisruptionBudget")["spec"]
    fewest = manifest("HorizontalPodAutoscaler")["spec"]["minReplicas"]

    assert 0 < budget["maxUnavailable"] < fewest


def test_replicas_are_counted_as_many_as_the_autoscaler_and_a_release_may_start():
    most = manifest("HorizontalPodAutoscaler")["spec"]["maxReplicas"]
    surge = manifest("Deployment")["spec"]["strategy"]["rollingUpdate"]["maxSurge"]

    assert Settings.from_env(manifest("ConfigMap")["data"]).replicas == most + surge


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_all_workers_find_connections_on_postgresql_as_it_is_shipped(where):
    message = {
        "compose": settings_in(SERVICES["attune"]["environment"]),
        "kubernetes": manifest("ConfigMap")["data"],
    }[where]
    settings = Settings.from_env(message)
    workers = settings.replicas * settings.workers

    needed = workers * most_connections(settings.threads) + FOR_ADMINISTRATION

    assert needed <= POSTGRESQL_CONNECTIONS


def test_a_pod_asks_for_a_core_a_worker_and_is_not_throttled():
    [container] = manifest("Deployment")["spec"]["template"]["spec"]["containers"]

    assert int(container["resources"]["requests"]["cpu"]) == (
        Settings.from_env(manifest("ConfigMap")["data"]).workers
    )
    assert "cpu" not in container["resources"]["limits"]


def test_a_release_is_spread_by_its_own_pods():
    spread = manifest("Deployment")["spec"]["template"]["spec"]["topologySpreadConstraints"]

    assert [each["matchLabelKeys"] for each in spread] == [["pod-template-hash"]] * 2


def test_prometheus_finds_every_pod_by_either_way():
    pod = manifest("Deployment")["spec"]["template"]
    [port] = pod["spec"]["containers"][0]["ports"]
    [job] = read("prometheus/kubernetes.yml")["scrape_configs"]
    monitor = read("kubernetes/components/podmonitor/podmonitor.yaml")["spec"]
    [endpoint] = monitor["podMetricsEndpoints"]
    [discovery] = job["kubernetes_sd_configs"]
    labels = dict(each.split("=") for each in discovery["selectors"][0]["label"].split(","))

    for selector in (labels, monitor["selector"]["matchLabels"]):
        assert selector.items() <= pod["metadata"]["labels"].items()
        assert (
            not selector.items()
            <= manifest("Job")["spec"]["template"]["metadata"]["labels"].items()
        )
    assert job["relabel_configs"][0]["regex"] == endpoint["port"] == port["name"]
    assert discovery["namespaces"]["names"] == [manifest("Namespace")["metadata"]["name"]]
    assert job["metrics_path"] == endpoint["path"]
    assert pod["metadata"]["labels"][monitor["jobLabel"]] == job["job_name"]


def test_a_component_changes_what_is_there():
    patch = read("kubernetes/components/state-volume/kustomization.yaml")["patches"][0]
    [volume] = yaml.safe_load(patch["patch"])["spec"]["template"]["spec"]["volumes"]
    deployment = manifest("Deployment")

    assert patch["target"] == {"kind": "Deployment", "name": deployment["metadata"]["name"]}
    there = {each["name"]: each for each in deployment["spec"]["template"]["spec"]["volumes"]}
    [replaced] = [key for key, value in volume.items() if value is None]
    assert replaced in there[volume["name"]]


# Compose


def test_compose_uses_what_compose_knows():
    assert set(COMPOSE) <= {"name", "services", "secrets", "networks", "volumes"}
    for name, service in SERVICES.items():
        unknown = set(service) - set(COMPOSE_KEYS)
        assert not unknown, (name, unknown)
        wrong = {key for key in service if not isinstance(service[key], COMPOSE_KEYS[key])}
        assert not wrong, (name, wrong)


@pytest.mark.parametrize("kind", ["networks", "volumes", "secrets"])
def test_every_name_in_compose_is_there_and_used(kind):
    used = set()
    for service in SERVICES.values():
        for each in service.get(kind, []):
            used.add(each["source"] if isinstance(each, dict) else each.split(":")[0])
    used = {name for name in used if not name.startswith((".", "/"))}

    assert used == set(COMPOSE[kind])


def test_files_that_compose_shows_to_containers_are_there():
    shown = [
        each.split(":")[0]
        for service in SERVICES.values()
        for each in service.get("volumes", [])
        if each.startswith(".")
    ]

    assert shown
    assert [name for name in shown if not (DEPLOY / name).exists()] == []


def test_compose_settings_are_settings_of_the_service():
    message = SERVICES["attune"]["environment"]

    assert {n for n in message if n not in SETTINGS | OF_POSTGRESQL} == set()
    assert Settings.from_env(settings_in(message)).database_url.startswith("postgresql://")


def test_compose_starts_nothing_without_a_password_of_ones_own():
    for service, name in (("database", "POSTGRES_PASSWORD"), ("attune", "PGPASSWORD")):
        assert re.match(
            r"\$\{POSTGRES_PASSWORD:\?.+\}$", SERVICES[service]["environment"][name]
        ), name
    assert re.match(r"\$\{ATTUNE_IMAGE:\?.+\}$", SERVICES["attune"]["image"])
    assert "password" not in SERVICES["attune"]["environment"]["ATTUNE_DATABASE_URL"]


def test_compose_gives_the_service_no_right_and_no_place_to_write_but_its_own():
    attune = SERVICES["attune"]

    assert attune["read_only"] is True
    assert attune["cap_drop"] == ["ALL"]
    assert "cap_add" not in attune
    assert attune["security_opt"] == ["no-new-privileges:true"]
    writable = [each.split(":")[1] for each in attune["volumes"]]
    assert {*writable, *(each.split(":")[0] for each in attune["tmpfs"])} == set(WRITABLE)


def test_no_read_only_container_gets_a_file_that_compose_would_write_into_it():
    """Compose copies an inline config into the container, which a read-only root refuses."""
    inline = {name for name, each in COMPOSE.get("configs", {}).items() if "file" not in each}
    refused = {
        (service, config["source"])
        for service, each in SERVICES.items()
        if each.get("read_only")
        for config in each.get("configs", [])
        if config["source"] in inline
    }

    assert not refused


def test_grafana_finds_its_files_and_prometheus():
    shown = dict(each.split(":")[:2] for each in SERVICES["grafana"]["volumes"])
    [source] = read("grafana/provisioning/datasources/attune.yaml")["datasources"]
    [provider] = read("grafana/provisioning/dashboards/attune.yaml")["providers"]

    for kind in ("datasources", "dashboards"):
        assert shown[f"./grafana/provisioning/{kind}"] == f"/etc/grafana/provisioning/{kind}"
    assert shown["./grafana/attune.json"] == f"{provider['options']['path']}/attune.json"
    assert source["url"] == "http://prometheus:9090"
    assert set(SERVICES["prometheus"]["networks"]) & set(SERVICES["grafana"]["networks"])


def test_every_severity_reaches_somebody():
    told = read("alertmanager/alertmanager.yml")
    [alerting] = read("prometheus/prometheus.yml")["alerting"]["alertmanagers"]
    rules = [rule for each in read("prometheus/alerts.yml")["groups"] for rule in each["rules"]]
    routed = {r["receiver"]: r["matchers"] for r in told["route"]["routes"]}
    receivers = {each["name"] for each in told["receivers"]}

    assert alerting["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    assert receivers == {rule["labels"]["severity"] for rule in rules}
    assert {told["route"]["receiver"], *routed} == receivers
    assert routed["page"] == ["severity = page"]
    [secret] = SERVICES["alertmanager"]["secrets"]
    assert secret["target"] == told["global"]["smtp_auth_password_file"]


def test_compose_bounds_what_every_container_takes():
    for service in SERVICES.values():
        assert {"mem_limit", "pids_limit", "cap_drop", "security_opt"} <= set(service)


def test_compose_publishes_what_is_served_on_this_machine_alone(dockerfile):
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}

    assert set(published) == {"attune", "grafana"}
    assert [port.rpartition(":")[2] for port in published["attune"]] == [dockerfile.last("EXPOSE")]
    assert all("127.0.0.1:" in port for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["database"]["networks"] == ["inside"]


def test_compose_waits_for_the_database_and_for_the_last_request():
    attune = SERVICES["attune"]
    settings = Settings.from_env(settings_in(attune["environment"]))

    assert attune["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "healthcheck" in SERVICES["database"]
    assert seconds(attune["stop_grace_period"]) > settings.timeout_s + LAST_WORDS_S


def test_prometheus_and_grafana_are_started_for_those_who_ask():
    asked_for = {name for name, each in SERVICES.items() if each.get("profiles") == ["watch"]}

    assert asked_for == {"alertmanager", "grafana", "prometheus"}
    needed = {
        name
        for service in SERVICES.values()
        if "profiles" not in service
        for name in service.get("depends_on", [])
    }
    assert not needed & asked_for


def test_prometheus_finds_its_key_and_the_service(dockerfile):
    message = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    [job] = message["scrape_configs"]
    [secret] = SERVICES["prometheus"]["secrets"]

    assert secret["target"] == job["authorization"]["credentials_file"]
    assert job["static_configs"] == [{"targets": [f"attune:{dockerfile.last('EXPOSE')}"]}]
    assert set(SERVICES["prometheus"]["networks"]) & set(SERVICES["attune"]["networks"])


def test_what_compose_reads_of_ones_own_is_never_committed():
    ignored = (DEPLOY / ".gitignore").read_text().split()

    assert ".env" in ignored
    assert "secrets/" in ignored
    assert all(each["file"].startswith("./secrets/") for each in COMPOSE["secrets"].values())


DNS_PORT = 53
OTLP_PORT = 4318
POSTGRESQL_CONNECTIONS = 97
"""Of PostgreSQL's default, 100, three are reserved."""
FOR_ADMINISTRATION = 5
"""A migration, a command, a backup and two more."""
POD_KINDS = ("Deployment", "Job")
COMPOSE_KEYS = {
    "cap_add": list,
    "cap_drop": list,
    "command": list,
    "cpus": (int, float),
    "depends_on": (list, dict),
    "environment": dict,
    "healthcheck": dict,
    "image": str,
    "init": bool,
    "logging": dict,
    "mem_limit": str,
    "networks": list,
    "pids_limit": int,
    "ports": list,
    "profiles": list,
    "read_only": bool,
    "restart": str,
    "secrets": list,
    "security_opt": list,
    "shm_size": str,
    "stop_grace_period": str,
    "tmpfs": list,
    "volumes": list,
}
"""Of the Compose specification, what we use."""


def read(name):
    """Return a YAML file of the folder `deploy`."""
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def settings_in(environment):
    """Return the service's settings among variables."""
    return {name: value for name, value in environment.items() if name.startswith("ATTUNE_")}


def pods():
    """Return the pods that Kubernetes makes."""
    return [manifest(kind)["spec"]["template"]["spec"] for kind in POD_KINDS]


def containers():
    """Return the containers of all pods."""
    return [container for pod in pods() for container in pod["containers"]]
