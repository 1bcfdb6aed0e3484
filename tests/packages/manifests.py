"""What the chart made: valid in the oldest and the newest Kubernetes that there is a schema of, and strict.

    manifests.py RENDERED CONFIGURATION

Writes the daemon's configuration of it to CONFIGURATION.
"""

import sys

import kubernetes_validate
import yaml

KINDS = {"ConfigMap", "PodDisruptionBudget", "Service", "ServiceAccount", "StatefulSet"}
VERSIONS = ["1.27", "1.37"]
RENDERED, CONFIGURATION = sys.argv[1:]

documents = [each for each in yaml.safe_load_all(open(RENDERED)) if each]
for document in documents:
    for version in VERSIONS:
        kubernetes_validate.validate(document, version, strict=True)
    assert document["metadata"]["namespace"] == "audit", document["kind"]
by_kind = {each["kind"]: each for each in documents}
assert len(by_kind) == len(documents) and by_kind.keys() - {"NetworkPolicy"} == KINDS, by_kind.keys()
open(CONFIGURATION, "w").write(by_kind["ConfigMap"]["data"]["indelible.toml"])

workload = by_kind["StatefulSet"]["spec"]
pod = workload["template"]["spec"]
[container] = pod["containers"]
assert workload["replicas"] == 1
assert workload["selector"]["matchLabels"].items() <= workload["template"]["metadata"]["labels"].items()
assert by_kind["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
assert by_kind["Service"]["spec"]["selector"] == workload["selector"]["matchLabels"]

# What Kubernetes calls the restricted standard, and more.
assert pod["automountServiceAccountToken"] is False
assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] == 65532
assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
assert container["securityContext"] == {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
for probe in ["startupProbe", "livenessProbe", "readinessProbe"]:
    assert container[probe]["exec"]["command"][:2] == ["indelible", "status"], probe

# Secrets come by reference, and are nobody's to read but the daemon's.
assert "Secret" not in by_kind
mounted = {each["name"] for each in container["volumeMounts"]}
claims = {each["metadata"]["name"] for each in workload["volumeClaimTemplates"]}
assert claims == {"data", "anchor"}
assert mounted == claims | {each["name"] for each in pod["volumes"]}
for volume in pod["volumes"]:
    if "secret" in volume:
        assert volume["secret"]["defaultMode"] == 0o440, volume
for variable in container.get("env", []):
    assert "valueFrom" in variable, variable

if "NetworkPolicy" in by_kind:
    policy = by_kind["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule.get("from") for rule in policy["ingress"]), "everybody may come in"
    assert all(rule.get("to") or {port["port"] for port in rule["ports"]} == {53} for rule in policy["egress"])
