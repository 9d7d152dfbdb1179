# zlib: its own small gzip.
program=minigzip
build() {
    CFLAGS="-O2 -DZ_TESTW=4" ./configure --static
    make minigzip
}
prepare() {
    corpus "$(by_size 20000000 300000 1000000)" >corpus
    cp corpus again
    plain again
    cp again.gz twice.gz
}
works=('-9 corpus' '-d twice.gz')
