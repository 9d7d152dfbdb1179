# zopfli: compresses hard (slowly) into the format of gzip.
build() { make CC="$CC" zopfli; }
prepare() { corpus "$(by_size 1200000 60000 8000 60000)" >corpus; }
works=('-c --i5 corpus')
