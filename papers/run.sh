#!/bin/bash
# Runs every experiment file of papers/ and writes an index page.   papers/run.sh [--quick] FOLDER
# What is done already is kept (preaches-lab resumes). Exit status 1 when one of them failed.
set -u
cd "$(dirname "$0")/.." || exit 2
quick=
[ "${1-}" = --quick ] && { quick=1; shift; }
out=${1:?"usage: papers/run.sh [--quick] FOLDER"}
mkdir -p "$out" || exit 1
failed=0

# Options that make FILE small enough for --quick.
quick_options() {
    case $1 in
    *fleet.ini) echo -D model.cells=500 ;;
    */model/*) echo -D experiment.replications=10 ;;
    *recovery.ini) echo -D experiment.replications=1 -D 'workload.target=x86_64;s390x;m68k' -D workload.source=x86_64 ;;
    *) echo -D experiment.replications=1 ;;
    esac
}
# The comment at the head of an experiment file.
question() { sed -n '/^#/!q; s/^# *//p' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g'; }

page=$out/index.html.new
cat >"$page" <<'HTML'
<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>PREACHES: the experiments</title>
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}img{max-width:100%}</style>
<h1>The experiments</h1>
HTML
for file in papers/*/*.ini; do
    case $file in papers/validation/*) continue ;; esac # make validate, make bench
    name=$(basename "$(dirname "$file")")-$(basename "$file" .ini)
    { printf '<h2>%s</h2>\n<p>' "$name"; question "$file"; printf '</p>\n'; } >>"$page"
    trace=$(sed -n 's/^trace=//p' "$file")
    if [ -n "$trace" ] && [ ! -r "${PREACHES_DATA-}/$trace" ]; then
        echo "papers: $file: left out, \$PREACHES_DATA has no $trace" >&2
        echo "<p>Left out: \$PREACHES_DATA has no $trace.</p>" >>"$page"
        continue
    fi
    options=()
    [ -z "$quick" ] || eval "options=($(quick_options "$file" | sed "s/[^ ]*;[^ ]*/'&'/g"))"
    echo "papers: $file ${options[*]}" >&2
    if build/bin/preaches-lab run "$file" --out "$out/$name" --quiet "${options[@]}"; then
        for picture in "$out/$name"/*.svg; do
            [ -e "$picture" ] && echo "<p><img src=\"$name/$(basename "$picture")\" alt=\"$name\"></p>" >>"$page"
        done
        echo "<p><a href=\"$name/report.html\">report</a>, <a href=\"$name/runs.csv\">runs.csv</a>, <a href=\"$name/summary.csv\">summary.csv</a></p>" >>"$page"
    else
        failed=1
        echo "<p><b>Failed.</b></p>" >>"$page"
    fi
done
echo '</html>' >>"$page"
mv "$page" "$out/index.html" && echo "papers: $out/index.html" >&2
exit $failed
