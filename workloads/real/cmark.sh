# cmark: Markdown (CommonMark) to HTML and to its own normal form; trees of nodes, buffers that grow.
program=made/src/cmark
build() {
    cmake -S . -B made -DCMAKE_BUILD_TYPE=Release -DCMARK_SHARED=OFF -DCMARK_TESTS=OFF
    make -C made cmark_exe
}
prepare() {
    awk -v sections="$(by_size 8000 150)" 'BEGIN { for (i = 1; i <= sections; i++) {
        printf "Heading %d *with emphasis*\n%s\n\nText of **section %d** with `code`, a [link](/to/%d \"title %d\"),\n", i, i % 2 ? "===" : "---", i, i, i
        printf "an ![image][ref%d] and &copy; <b>html</b>\\\nbroken.\n\n> quoted\n> 1. one\n> 2. two %d\n\n", i % 7, i * 7919
        printf "- item\n  - inner %d\n- item\n\n```c\nint x%d = %d;\n```\n\n<div>\nblock\n</div>\n\n    indented\n\n***\n\n[ref%d]: /image/%d.png\n\n", i, i, i, i % 7, i } }' >work.md
}
works=('-t html work.md' '-t commonmark work.md')
