#!/bin/sh
# Install from Debian what the tests start themselves: a PostgreSQL server and a Chromium.
# Without root or apt-get it only says what is missing; the tests that need it then skip and say so.
set -eu
missing=
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "tests: no$missing here; tests that need them will skip. Install with: apt-get install$missing" >&2
    exit 0
fi
echo "tests: installing$missing from Debian" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# A package's own cluster is not wanted: the tests start theirs in a folder of their own.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
