# bzip2: block-sorting compressor. Its makefile links the shared library where it makes one; the archive does.
build() { make -o libbz2.so CC="$CC" libbz2.a bzip2; }
prepare() {
    corpus "$(by_size 20000000 300000 1000000)" >corpus
    plain -k corpus
}
works=('-c corpus' '-dc corpus.bz2')
