# duktape: an interpreter of JavaScript that packs its values into the bits of a double.
expect=refused
program=duk
build() { make -f Makefile.cmdline CC="$CC" duk; }
prepare() { sed "s/scriptArgs\[0\]/'$(by_size 60 2)'/; s/gc();/Duktape.gc();/" "$scripts/work.js" >work.js; }
works=('work.js')
