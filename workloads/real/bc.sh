# bc: arithmetic of any length.
program=bc/bc
build() { ./configure --without-readline --without-libedit && make; }
prepare() { cp "$scripts/work.bc" .; }
works=("work.bc")
