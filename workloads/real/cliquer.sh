# cliquer: maximum cliques of a graph. Sets are made of 32-bit words, as its header lets one choose (by default of longs,
# whose size is the machine's).
build() {
    make CC="$CC -DELEMENTSIZE=32 -Dsetelement=unsigned" LDFLAGS="-Wl,-rpath,$PWD" cliquer
    ln -s libcliquer.so libcliquer.so.1 # what its own library is asked for by
}
prepare() {
    awk -v n="$(by_size 130 90)" 'BEGIN {
        state = 1998
        for (i = 1; i <= n; i++)
            for (j = 1; j < i; j++) {
                state = state * 48271 % 2147483647
                if (state % 100 < 80) edges[++m] = "e " i " " j
            }
        print "p edge " n " " m
        for (i = 1; i <= m; i++) print edges[i] }' >graph.txt
}
works=('-q graph.txt' '-q -a -r degree graph.txt')
