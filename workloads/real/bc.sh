# bc: arithmetic of any length. Its generated files are taken as they are, whatever their dates; what makes its
# library while it is built (fbc) is a plain native program.
expect=refused
program=bc/bc
build() {
    export PREACHES_NATIVE=fbc
    CFLAGS=-O2 ./configure
    touch bc/bc.c bc/scan.c
    make AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=: MAKEINFO=:
}
prepare() { sed "s/round < 60/round < $(by_size 160 3)/; $(by_size '' 's/900/60/; s/500/50/; s/480/48/')" "$scripts/work.bc" >work.bc; }
works=("-l work.bc")
