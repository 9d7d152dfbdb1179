# Lua 5.4, by its authors' makefile: Debian's patch of the makefiles, which asks for libtool, is taken back.
# MYCFLAGS: strings are hashed with a seed of our own (by default it is made of addresses and the time), and
# 64-bit random numbers have one type on all machines.
package=lua5.4
program=src/lua
build() {
    patch -R -p1 -i debian/patches/0001-build-system.patch
    echo '#define DEB_HOST_MULTIARCH ""' >src/lua5.4-deb-multiarch.h # as debian/rules makes it
    make -C src CC="$CC -std=gnu99" MYCFLAGS="-D'luai_makeseed(L)=1998' -DRand64=lua_Unsigned" lua
}
prepare() { cp "$scripts"/*.lua .; }
works=("work.lua $(by_size 600 4 10 250)")
