# byacc: makes the tables of a parser for a language with very many operators. Its files are the result.
program=yacc
build() {
    ./configure
    make yacc
}
prepare() {
    awk -v n="$(by_size 300 80)" 'BEGIN {
        print "%token NUMBER"
        for (i = 1; i <= n; i++) print (i % 3 ? "%left" : "%right") " OPERATOR" i " PREFIX" i
        print "%%\nall : all expression \x27;\x27 | expression ;"
        print "expression : NUMBER | \x27(\x27 expression \x27)\x27"
        for (i = 1; i <= n; i++) print "  | expression OPERATOR" i " expression | PREFIX" i " expression { $$ = " i "; }"
        print ";\n%%" }' >operators.y
}
works=('-v -d -o parser.c operators.y')
