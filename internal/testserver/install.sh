#!/usr/bin/env bash
# Makes sure that the servers which package testserver starts are installed. It is silent when they are; what is missing
# it takes from Debian's packages, as root, without leaving a service running, now or after the next boot.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

has() { command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null; }

packages=()
{ has postgres && has initdb; } || packages+=(postgresql)
has pgbouncer || packages+=(pgbouncer)
has redis-server || packages+=(redis-server)
[ ${#packages[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "install these for the tests: ${packages[*]}" >&2
	exit 1
fi
echo "installing for the tests: ${packages[*]}"

# While the packages are installed nothing starts and no database cluster is created: both by files that go away again.
policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.conf temporary=()
trap '[ ${#temporary[@]} = 0 ] || rm -f "${temporary[@]}"' EXIT
if [ ! -e "$policy" ]; then
	temporary+=("$policy")
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi
if [[ " ${packages[*]} " == *" postgresql "* && ! -e $cluster ]]; then
	temporary+=("$cluster")
	mkdir -p "${cluster%/*}"
	echo 'create_main_cluster = false' >"$cluster"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 || : # some other repository may be out of order
if ! output=$(apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}" 2>&1); then
	echo "$output" >&2
	exit 1
fi
if command -v systemctl >/dev/null; then
	for package in "${packages[@]}"; do systemctl --quiet disable "$package" 2>/dev/null || :; done
fi
