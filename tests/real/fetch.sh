#!/bin/bash
# Fetches the sources of Debian packages, unmodified, as Debian's own patches leave them:
#   tests/real/fetch.sh FOLDER PACKAGE...    -> FOLDER/PACKAGE/ the tree, FOLDER/PACKAGE.version
#
# The machine's own apt sources are used, whatever format they are written in, with `deb-src` in the place of
# `deb`; its apt.conf.d too (proxies), without the hooks that only root may run. Lists and archives lie in
# FOLDER/apt, so nothing of the machine is changed and an ordinary user can run this. What is there already is
# not fetched again. Status: 0 all are there; 1 something could not be had, and one line says why.
set -u
export LC_ALL=C

usage() {
    echo "usage: tests/real/fetch.sh FOLDER PACKAGE..." >&2
    exit 2
}
fail() {
    echo "fetch: $*" >&2
    exit 1
}
[ $# -ge 2 ] || usage
mkdir -p "$1" || exit 1
folder=$(cd "$1" && pwd)
shift
apt=$folder/apt
etc=${PREACHES_APT_ETC:-/etc/apt} # tests put other sources here

# The machine's sources, both formats, as sources of sources.
write_sources() {
    local file
    rm -rf "$apt/sources"
    mkdir -p "$apt/sources"
    for file in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
        [ -r "$file" ] || continue
        sed -nE 's/^[[:space:]]*deb(-src)?[[:space:]]/deb-src /p' "$file" |
            sed -E 's/^(deb-src [^]]*)arch=[^] ]*/\1/; s/\[ *\] *//' >"$apt/sources/one-$(basename "$file" .list).list"
    done
    for file in "$etc"/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        sed -E 's/^Types:.*/Types: deb-src/; /^Architectures:/d' "$file" \
            >"$apt/sources/$(basename "$file")"
    done
    find "$apt/sources" -type f -size 0 -delete
    grep -qrE '^(deb-src |Types: deb-src)' "$apt/sources"
}

# The machine's configuration, then ours; APT_CONFIG is read before the parts and can name them.
write_configuration() {
    rm -rf "$apt/conf.d"
    mkdir -p "$apt/conf.d" "$apt/lists/partial" "$apt/cache/archives/partial"
    cp "$etc"/apt.conf.d/* "$apt/conf.d/" 2>/dev/null
    cat >"$apt/conf.d/zz-preaches" <<-END
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear Acquire::IndexTargets;
	Acquire::IndexTargets::deb-src::Sources { MetaKey "\$(COMPONENT)/source/Sources"; Description "\$(RELEASE)/\$(COMPONENT) Sources"; Optional "0"; };
	Acquire::Languages "none";
	Dir::State::lists "$apt/lists";
	Dir::Cache "$apt/cache";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$apt/sources";
	APT::Sandbox::User "root";
	Debug::NoLocking "true";
	END
    echo "Dir::Etc::parts \"$apt/conf.d\";" >"$apt/apt.conf"
    export APT_CONFIG=$apt/apt.conf
}

# One package: download, check (apt does, by the signed index), unpack with Debian's patches, record the version.
fetch_one() { # PACKAGE
    local dsc
    rm -rf "$folder/$1" "$folder/$1.dl" && mkdir -p "$folder/$1.dl"
    (cd "$folder/$1.dl" && apt-get -q source --only-source --download-only "$1") \
        >"$folder/$1.log" 2>&1 || return 1
    dsc=$(echo "$folder/$1.dl"/*.dsc)
    [ -r "$dsc" ] || return 1
    dpkg-source --no-check --no-copy -x "$dsc" "$folder/$1" >>"$folder/$1.log" 2>&1 || return 1
    sed -n 's/^Version: //p' "$dsc" | head -n 1 >"$folder/$1.version"
    rm -rf "$folder/$1.dl"
}

missing=
for package; do
    [ -s "$folder/$package.version" ] && [ -d "$folder/$package" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || fail "no apt-get here: Debian sources cannot be fetched"
command -v dpkg-source >/dev/null || fail "no dpkg-source here (package dpkg-dev): sources cannot be unpacked"
write_sources || fail "no package sources are configured in $etc"
write_configuration
apt-get -q update >"$folder/apt.log" 2>&1 # a source without deb-src is an error that the others survive
status=0
for package in $missing; do
    fetch_one "$package" && continue
    status=1
    echo "fetch: $package: $(grep -hE '^(E|dpkg-source: error):' "$folder/$package.log" "$folder/apt.log" |
        head -n 1 | sed -E 's#[a-z]+://[^ ]*#(address)#g' | grep . || echo 'no source')" >&2
done
exit $status
