#!/usr/bin/env bash
# Installs the chart in a cluster of its own and tries what happens to it there. `make test-cluster` runs it.
#
# It needs Docker, kubectl, helm, and kind or k3d. CLUSTER=existing takes the cluster of the current context instead, and
# NODES=stand-in has its pods run no program. KEEP=1 leaves what was made. The output names versions and what passed.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly RESTRICTED='{"spec": {"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{"name": "caller", "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}]}}'
readonly NAME=recommender-test NAMESPACE=recommender-dev RELEASE=recommender HERE=tests/cluster
readonly CLUSTER=${CLUSTER:-own} NODES=${NODES:-real}
passed=()
left_out=()
running=""
nodes=""

missing() {
  for tool in kubectl helm; do
    command -v "$tool" >/dev/null || echo "$tool"
  done
  [[ $CLUSTER == own ]] || return 0
  command -v docker >/dev/null || echo docker
  command -v kind >/dev/null || command -v k3d >/dev/null || echo "kind or k3d"
}

step() {  # step NAME COMMAND…
  running=$1
  echo "== $1"
  "${@:2}" # outside of a condition, so that any command that fails ends the run
  passed+=("$1")
  running=""
}

real() {  # real NAME COMMAND…: a step that needs programs in pods
  if [[ $NODES == real ]]; then step "$@"; else left_out+=("$1"); fi
}

k() { kubectl --namespace "$NAMESPACE" "$@"; }

stand_in() {  # stand_in NAME COMMAND…: what is left of such a step without programs
  if [[ $NODES != real ]]; then step "$@"; fi
}

upgrade() { install "$RELEASE" "$@"; }

install() {  # install RELEASE [OPTION…]
  helm upgrade "$1" charts/recommender --install --namespace "$NAMESPACE" --values k8s/dev/values.yaml \
    --values "$HERE/values.yaml" --wait --timeout 10m "${@:2}" >/dev/null
}

create_cluster() {
  if [[ $CLUSTER == existing ]]; then
    if kubectl get namespace "$NAMESPACE" >/dev/null 2>&1; then
      echo "error: the cluster has a namespace $NAMESPACE, which this test would delete." >&2
      return 1
    fi
    return 0
  fi
  if command -v kind >/dev/null; then
    kind create cluster --name "$NAME" --config "$HERE/kind.yaml" --wait 3m
  else
    k3d cluster create "$NAME" --agents 2 --wait --timeout 3m
  fi
}

end() {
  [[ -z $running ]] || echo "FAILED: $running" >&2
  printf 'passed: %s\n' "${passed[@]}"
  [[ ${#left_out[@]} == 0 ]] || printf 'not run without programs in pods: %s\n' "${left_out[@]}"
  if [[ $CLUSTER == existing ]]; then
    [[ -n ${KEEP:-} || ${#passed[@]} == 0 ]] || kubectl delete namespace "$NAMESPACE" --ignore-not-found --timeout 5m
    if [[ -n $nodes ]]; then
      kill "$nodes"
      kubectl delete node stand-in-1 stand-in-2 --ignore-not-found
    fi
    return
  fi
  if [[ -n ${KEEP:-} ]]; then
    echo "The cluster stays: KUBECONFIG=$KUBECONFIG"
    return
  fi
  if command -v kind >/dev/null; then kind delete cluster --name "$NAME"; else k3d cluster delete "$NAME"; fi
  rm -f "$KUBECONFIG"
}

load_images() {
  local target
  for target in catalog development service indexer; do
    docker build --quiet --target "$target" --tag "recommender-$target" --tag "recommender-$target:test" . >/dev/null
    if command -v kind >/dev/null; then
      kind load docker-image --name "$NAME" "recommender-$target" "recommender-$target:test"
    else
      k3d image import --cluster "$NAME" "recommender-$target" "recommender-$target:test"
    fi
  done
}

workers() { kubectl get nodes --selector '!node-role.kubernetes.io/control-plane' --output name; }

dependencies() {
  kubectl label --overwrite "$(workers | tail -n 1)" recommender-test/keeps=data
  kubectl apply --kustomize k8s/dev
  k create secret generic bucket --from-literal=access-key=test --from-literal=secret-key=for-development-only
  k apply --filename "$HERE/seaweedfs.yaml"
  k wait deployment --all --for=condition=available --timeout 15m
}

build() {  # build NAME: runs a build, and returns whether it was published
  k create job "$1" --from="cronjob/$RELEASE-indexer"
  for _ in $(seq 180); do
    case $(k get job "$1" --output 'jsonpath={.status.conditions[*].type}') in
      *Complete*) return 0 ;;
      *Failed*) return 1 ;;
    esac
    sleep 5
  done
  return 1
}

install_with_failing_build() {  # the release is installed, and stays upgradable
  upgrade --set catalog.url=http://nowhere:8100 --set indexer.retries=0
  if build failing; then return 1; fi
  upgrade --set catalog.url=http://nowhere:8100 --set indexer.retries=0 --set service.podAnnotations.step=second
  [[ $(helm status "$RELEASE" --namespace "$NAMESPACE" --output json) == *'"status":"deployed"'* ]]
}

first_snapshot() {
  upgrade
  build first
  if [[ $NODES == real ]]; then
    helm test "$RELEASE" --namespace "$NAMESPACE" --logs
  else
    helm test "$RELEASE" --namespace "$NAMESPACE"
  fi
}

answers() {  # answers LABEL: whether a pod with this label gets an answer of the API
  k delete pod caller --ignore-not-found --wait >/dev/null
  k run caller --image recommender-development --image-pull-policy IfNotPresent --restart Never --labels "app=$1" \
    --override-type strategic --overrides "$RESTRICTED" --command -- \
    python -c "import urllib.request as r; r.urlopen('http://$RELEASE:8000/v1/popular', timeout=5)" >/dev/null
  k wait pod/caller --for=jsonpath='{.status.phase}'=Failed --timeout 1m >/dev/null
  k logs caller
}

policies() {  # admitted callers are refused for their missing token, others get no answer
  [[ $(answers shopper) == *"HTTP Error 401"* ]]
  [[ $(answers stranger) != *"HTTP Error 401"* ]]
}

stored_policies() {  # each component has one, beside the one that denies everything
  local component
  for component in default-deny service indexer retention smoke-test; do
    k get networkpolicy "$RELEASE-$component" --output name
  done
}

ready_pods() { k get deployment "$RELEASE" --output 'jsonpath={.status.readyReplicas}'; }

watched() {  # watched COMMAND…: fails if fewer than two pods were ready at any time
  local least=99 now
  "$@" &
  local process=$!
  while kill -0 "$process" 2>/dev/null; do
    now=$(ready_pods)
    ((${now:-0} < least)) && least=${now:-0}
    sleep 1
  done
  wait "$process" && ((least >= 2))
}

step_of_template() { k get deployment "$RELEASE" --output 'jsonpath={.spec.template.metadata.annotations.step}'; }

rollback_of_code() {
  local before
  before=$(step_of_template)
  upgrade --set service.podAnnotations.step=third
  [[ $(step_of_template) == third ]]
  helm rollback "$RELEASE" --namespace "$NAMESPACE" --wait --timeout 10m
  [[ $(step_of_template) == "$before" ]]
}

live_version() {
  k exec "deployment/$RELEASE" --container service -- \
    python -c "import json, urllib.request as r; print(json.load(r.urlopen('http://127.0.0.1:8000/health/ready'))['snapshot_version'])"
}

until_live() {  # until_live VERSION
  for _ in $(seq 60); do
    if [[ $(live_version) == "$1" ]]; then return 0; fi
    sleep 5
  done
  return 1
}

rollback_job() {
  build second
  k create job rollback --from="cronjob/$RELEASE-indexer" --dry-run=client --output yaml \
    | kubectl patch --local --filename - --type strategic --output yaml --patch '
      {"spec": {"completions": 1, "parallelism": 1, "template": {"spec": {
        "initContainers": [{"name": "build", "args": ["versions"]}],
        "containers": [{"name": "prune", "args": ["rollback"]}]}}}}' \
    | k apply --filename -
  k wait job/rollback --for=condition=complete --timeout 10m
}

rollback_of_snapshot() {
  local first
  first=$(live_version)
  rollback_job
  until_live "$first"
}

drain() {
  local node
  node=$(workers | sed -n 1p) # head would end the pipe before kubectl has written
  kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --timeout 10m
  kubectl uncordon "$node"
  k rollout status "deployment/$RELEASE" --timeout 10m
  (($(ready_pods) >= 2))
}

scale() {  # the autoscaler follows its bounds without a metrics server too
  upgrade --set autoscaling.minReplicas=3
  for _ in $(seq 60); do
    (($(ready_pods) == 3)) && return 0
    sleep 5
  done
  return 1
}

long_names() {  # releases whose long names begin alike share no object, and one survives the other
  local long=recommendations-of-the-shop-in-the-north place
  for place in east west; do
    install "$long-$place" --set autoscaling.enabled=false --set service.replicas=1 --set indexer.suspend=true
  done
  remove "$long-east"
  [[ $(k get deployment --selector "app.kubernetes.io/instance=$long-west" --output 'jsonpath={.items[*].status.readyReplicas}') == 1 ]]
  remove "$long-west"
}

left() {  # left RELEASE: its objects
  local kinds
  kinds=$(kubectl api-resources --namespaced --verbs list --output name | grep -v events | paste -sd,)
  k get "$kinds" --selector "app.kubernetes.io/instance=$1" --ignore-not-found --output name
}

remove() {  # remove RELEASE: returns whether nothing is left of it
  helm uninstall "$1" --namespace "$NAMESPACE" --wait --timeout 5m
  k delete pod "$1-smoke-test" --ignore-not-found # the documented remainder
  for _ in $(seq 24); do
    if [[ -z $(left "$1") ]]; then return 0; fi
    sleep 5
  done
  left "$1"
  return 1
}

lacking=$(missing | paste -sd, | sed 's/,/, /g')
if [[ -n $lacking ]]; then
  echo "error: make test-cluster needs $lacking, which is not installed here. tests/cluster/README.md has the versions." >&2
  exit 2
fi
if [[ $CLUSTER == own ]]; then
  KUBECONFIG=$(mktemp) # the contexts of the user stay as they are
  export KUBECONFIG
fi
trap end EXIT
step "cluster" create_cluster
kubectl version
helm version --short
if [[ $NODES == stand-in ]]; then
  python3 "$HERE/nodes.py" &
  nodes=$!
  until kubectl get node stand-in-1 stand-in-2 >/dev/null 2>&1; do
    kill -0 "$nodes"
    sleep 1
  done
  kubectl wait --for=condition=Ready node/stand-in-1 node/stand-in-2 --timeout 1m
fi
if [[ $CLUSTER == own ]]; then step "images" load_images; fi
step "database, cache, catalog, issuer, object storage" dependencies
step "installation and upgrade while the first build fails" install_with_failing_build
step "first snapshot, helm test" first_snapshot
real "network policies" policies
stand_in "network policies are stored" stored_policies
step "upgrade with at least two ready pods" watched upgrade --set service.podAnnotations.step=watched
step "rollback of code" rollback_of_code
real "rollback of a snapshot" rollback_of_snapshot
stand_in "the job that rolls a snapshot back ends" rollback_job
step "drain of a node" drain
step "scaling" scale
step "two releases with long names" long_names
step "uninstallation leaves nothing" remove "$RELEASE"
