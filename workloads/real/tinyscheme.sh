# tinyscheme: an interpreter; cells with tagged unions, and memory of its own.
program=scheme
build() { make CC="$CC" DEBUG=-O2 scheme; }
prepare() { cp init.scm . 2>/dev/null || cp "$home/plain/init.scm" .; cp "$scripts/work.scm" .; }
works=("work.scm $(by_size 60 2)")
