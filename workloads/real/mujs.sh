# mujs: an interpreter of JavaScript. Without readline, which the interpreter uses at a terminal only.
program=build/release/mujs
build() { make CC="$CC" HAVE_READLINE=no build/release/mujs; }
prepare() { cp "$scripts/work.js" .; }
works=("work.js $(by_size 1400 6)")
