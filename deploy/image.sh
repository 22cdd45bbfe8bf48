#!/usr/bin/env bash
# Build the image of this working copy: deploy/image.sh [TAG], attune:VERSION by default. `make image` calls it.
#
# Docker builds it where an engine answers, otherwise buildah; with buildah, images and caches are in IMAGE_WORK
# (.cache/image), and `source .cache/image/env` shows them to podman. BASE names another image to build on. Where its
# registry cannot be reached, mmdebstrap makes a base of the packages that this machine is configured for (Debian 12).
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
tag=${1:-attune:$version}
mkdir -p "${IMAGE_WORK:=.cache/image}"
work=$(cd "$IMAGE_WORK" && pwd)

fail() { echo "$*" >&2; exit 1; }

needs() {
    for tool in "$@"; do
        command -v "$tool" > /dev/null || fail "The image cannot be built: neither a Docker engine nor $tool is here." \
            "On Debian: apt-get install --no-install-recommends buildah podman crun mmdebstrap"
    done
}

bento() {  # the Bento's folder, built anew
    export BENTOML_HOME=$work/bentoml BENTOML_DO_NOT_TRACK=True
    rm -rf "$BENTOML_HOME" && mkdir -p "$BENTOML_HOME"
    .venv/bin/bentoml build > "$work/bento.log" 2>&1 || fail "bentoml build failed: $(tail -5 "$work/bento.log")"
    .venv/bin/bentoml get attune:latest --output path
}

configure() {  # storage of its own, and no cgroups, which containers on CI often may not make
    cat > "$work/storage.conf" << S
[storage]
driver = "overlay"
graphroot = "$work/store"
runroot = "$work/run"
S
    cat > "$work/containers.conf" << S
[containers]
cgroups = "disabled"
[engine]
runtime = "crun"
cgroup_manager = "cgroupfs"
events_logger = "file"
S
    cat > "$work/env" << S
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/containers.conf
S
    source "$work/env"
    export BUILDAH_ISOLATION=chroot BUILDAH_FORMAT=docker # OCI's format has no health check
}

base_of_this_machine() {
    local made=localhost/attune-base:bookworm sources=()
    if buildah inspect --type image "$made" > /dev/null 2>&1; then echo "$made"; return; fi
    needs mmdebstrap podman
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
        [ -s "$file" ] && sources+=("$file")
    done
    echo "The registry of $1 does not answer: building a base of this machine's packages." >&2
    mmdebstrap --quiet --variant=minbase --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
        --include=ca-certificates,netbase,tzdata,python3,python3-venv,python-is-python3,usr-is-merged \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$work/base.tar" "${sources[@]}" >&2
    podman import --quiet -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        "$work/base.tar" "$made" >&2
    rm "$work/base.tar"
    echo "$made"
}

with_docker() { docker build ${BASE:+--build-arg BASE="$BASE"} "$@"; }

with_buildah() {
    needs buildah
    [ "$(id -u)" = 0 ] || fail "With buildah the image is built by root: run this with sudo, or start a Docker engine."
    configure
    local certificates=/etc/ssl/certs/ca-certificates.crt volumes=()
    if [ -f "$certificates" ]; then # registries of packages may be behind certificates that only this machine knows
        printf '[global]\ncert = %s\ntimeout = 180\n' "$certificates" > "$work/pip.conf"
        volumes=(--volume "$certificates:$certificates:ro" --volume "$work/pip.conf:/etc/pip.conf:ro")
    fi
    if [ -z "${BASE:-}" ]; then
        BASE=$(sed -n 's/^ARG BASE=//p' "$folder/env/docker/Dockerfile" | head -1)
        timeout 300 buildah pull --quiet "$BASE" > /dev/null 2>&1 || BASE=$(base_of_this_machine "$BASE")
    fi
    buildah build --layers --pull=never --network=host "${volumes[@]}" --build-arg BASE="$BASE" "$@"
}

builder=with_buildah
if docker info > /dev/null 2>&1; then builder=with_docker; else needs buildah; fi
folder=$(bento)
revision=$(git rev-parse HEAD 2> /dev/null || true)
created=$(git log -1 --format=%cI 2> /dev/null || true)
"$builder" --build-arg VERSION="$version" --build-arg REVISION="$revision" --build-arg CREATED="$created" \
    --file "$folder/env/docker/Dockerfile" --tag "$tag" "$folder"
echo "$tag" > "$work/tag"
echo "The image is $tag."
