# sqlite3: the shell, from the amalgamation that the package's makefile makes (with tclsh).
expect=refused
build() {
    ./configure --disable-tcl --disable-readline --disable-threadsafe --disable-load-extension --disable-shared
    make CC="$CC" CROSS_BUILDING=yes BCC="gcc -O" sqlite3
}
prepare() {
    awk 'BEGIN { print "create table t(a integer primary key, b text, c real);"; print "begin;"
        for (i = 1; i <= '"$(by_size 200000 500)"'; i++) printf "insert into t values(%d, \x27row %d\x27, %d.25);\n", i, i * 7919 % 10007, i
        print "commit;"; print "create index i on t(b);"
        print "select b, count(*), sum(c) from t group by b order by 2 desc, 1 limit 10;" }' >work.sql
}
works=('test.db ".read work.sql"')
