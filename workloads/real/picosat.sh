# picosat: satisfiability. One random problem near the threshold, and one that has no solution.
build() {
    CFLAGS='-O2 -DNDEBUG' ./configure.sh
    make picosat
}
prepare() {
    sat random "$(by_size 270 120 170)" 2 >random.cnf
    sat pigeons "$(by_size 9 6 7)" >pigeons.cnf
}
works=('random.cnf' 'pigeons.cnf')
