# tcc: a C compiler; with -run it emits machine code into its own memory.
expect=refused
program=tcc
build() {
    ./configure --cc="$CC" --extra-cflags=-O2
    make CC="$CC" tcc
}
prepare() {
    cp "$home/plain/tccgen.c" "$home"/plain/*.h .
    cp "$home/plain/tccpp.c" one.c
}
works=('-c -DONE_SOURCE=0 -o one.o one.c')
