#!/bin/bash
# The libraries of preaches-lab for big-endian s390x, from Debian's own packages, unpacked into DIR and
# installed nowhere; apt's state is DIR's own, so the machine's is not touched.   s390x.sh DIR
set -eu
dir=$(mkdir -p "$1" && cd "$1" && pwd)
libraries='libglib2.0-0 libglib2.0-dev libpcre2-8-0 libpcre2-dev libffi8 libffi-dev libmount1 libmount-dev
 libblkid1 libblkid-dev libselinux1 libselinux1-dev libsepol2 libsepol-dev zlib1g zlib1g-dev libelf1 libelf-dev
 libzstd1 libzstd-dev liblz4-1 liblz4-dev liblzma5 liblzma-dev libssl3 libssl-dev libcsv3 libcsv-dev libc6 libgcc-s1'
[ "$(cat "$dir/done" 2>/dev/null)" != "$libraries" ] || exit 0
mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/state" "$dir/packages" "$dir/root"
: >"$dir/status"
apt() {
    apt-get -q -o APT::Architecture=s390x -o APT::Architectures::=s390x -o Dir::State="$dir/state" \
        -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" -o Dir::State::lists="$dir/lists" \
        -o APT::Sandbox::User= -o Debug::NoLocking=1 -o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}
apt update
(cd "$dir/packages" && apt download $libraries)
for package in "$dir"/packages/*.deb; do dpkg -x "$package" "$dir/root"; done
rm -rf "$dir/lists" "$dir/cache" "$dir/packages"
echo "$libraries" >"$dir/done"
