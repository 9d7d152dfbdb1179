#!/bin/sh
# Installs what the project needs, from Debian's own packages, when it is missing.
#   tests/deps.sh           says what is missing and installs it (apt; through sudo when not root)
#   tests/deps.sh --list    prints the packages, one a line, and does nothing
#   ARCHES=LIST             the compilers of these architectures too, beyond the default set
#   DEPS=skip               never installs: says what is missing and fails
# When nothing is missing it says nothing and takes a few hundredths of a second.
set -eu

tools='gcc make libc6-dev pkg-config binutils git perl dpkg-dev patch tcl strace valgrind gnuplot-nox qemu-user-static
 autoconf automake libtool cmake iproute2 ed clang libclang-rt-dev'
libraries='libglib2.0-dev libclang-19-dev libelf-dev libzstd-dev liblz4-dev libxxhash-dev libcsv-dev liblzma-dev libssl-dev'
cross='i686:i386 aarch64:arm64 s390x:s390x mips:mips m68k:m68k hppa:hppa' # triple's:Debian's name
# architecture:triple:libc package of those outside the default set
others='riscv64:riscv64-linux-gnu:libc6-dev-riscv64-cross arm:arm-linux-gnueabihf:libc6-dev-armhf-cross
ppc64:powerpc64-linux-gnu:libc6-dev-ppc64-cross ppc:powerpc-linux-gnu:libc6-dev-powerpc-cross
sparc64:sparc64-linux-gnu:libc6-dev-sparc64-cross alpha:alpha-linux-gnu:libc6.1-dev-alpha-cross'
fresh_days=1 # package lists older than this are fetched again

packages="$tools $libraries"
for pair in $cross; do
    packages="$packages gcc-${pair%:*}-linux-gnu libc6-dev-${pair#*:}-cross"
done

for row in $others; do
    rest=${row#*:}
    case " ${ARCHES-} " in *" ${row%%:*} "*) packages="$packages gcc-${rest%:*} ${rest#*:}" ;; esac
done

case ${1-} in
--list)
    printf '%s\n' $packages
    exit 0 ;;
'') ;;
*)
    echo "usage: tests/deps.sh [--list]" >&2
    exit 2 ;;
esac

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null |
    sed -n 's/^installed //p') || true
missing=
for package in $packages; do
    case "
$installed
" in
    *"
$package
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "${DEPS-}" = skip ]; then
    echo "deps: missing, and not installed because DEPS=skip:$missing" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "deps: no apt-get here; please install what these Debian packages hold:$missing" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "deps: not root and no sudo; as root: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi

apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"
}
lists_are_fresh() {
    [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -$fresh_days 2>/dev/null |
        head -n 1)" ]
}
install_missing() { apt install -y --no-remove --no-install-recommends $missing; }

echo "deps: installing with apt:$missing"
if lists_are_fresh && install_missing; then
    exit 0
fi
apt update
install_missing
