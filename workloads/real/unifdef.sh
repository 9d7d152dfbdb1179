# unifdef: C sources without the parts that are never compiled. It ends with 1 where it has changed something.
prepare() {
    awk -v n="$(by_size 150000 4000)" 'BEGIN { for (i = 1; i <= n; i++) {
        print "#ifdef FIRST\nint a" i " = 1; /* one */\n#if defined(SECOND) && (LEVEL > " i % 1000 " || !THIRD)"
        print "char *b" i " = \"#else\";\n#elif " i " % 7 == 3\nint c" i ";\n#else\nint d" i ";\n#endif\n#else"
        print "int e" i "; // no\n#endif /* FIRST */" } }' >input.c
}
works=('-DFIRST -DSECOND -DLEVEL=500 -UTHIRD input.c' '-k -o output.c -DSECOND=1 -DLEVEL=2 -UFIRST input.c')
