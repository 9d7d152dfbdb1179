# clzip: lzip (LZMA) in C, with descriptors.
build() {
    ./configure CC="$CC" CFLAGS=-O2
    make
}
prepare() {
    corpus "$(by_size 8000000 200000)" >corpus
    plain -c corpus >again.lz
}
works=('-6 -k corpus' '-dc again.lz')
