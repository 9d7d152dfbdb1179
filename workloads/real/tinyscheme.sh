# tinyscheme: an interpreter; cells with tagged unions, and memory of its own.
program=scheme
build() { make CC="$CC" DEBUG=-O2 scheme; }
prepare() {
    cp "$home/plain/init.scm" .
    cp "$scripts/work.scm" .
}
works=("-1 work.scm $(by_size 80 2 1 25)")
