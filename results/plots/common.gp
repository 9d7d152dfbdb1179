# What all plots share. `out`, `kind` and `heading` are set by the script that loads this (a loaded
# script has no arguments of its own). Colours: Okabe and Ito, told apart by every kind of colour vision; shapes differ
# as well. A light ground of its own, so that a plot is legible on a dark page too.
if (kind eq "svg") {
    set terminal svg size 960,600 dynamic enhanced font "DejaVu Sans,15" background "#ffffff"
} else {
    set terminal pngcairo size 1440,900 enhanced font "DejaVu Sans,17" background "#ffffff" linewidth 1.5
}
set output out
set encoding utf8
set title heading noenhanced
set border 3 lw 1 lc rgb "#444444"
set tics nomirror out textcolor rgb "#222222"
set grid back lt 1 lw 0.7 lc rgb "#cccccc"
set style line 1 lc rgb "#000000" lw 2 pt 7 ps 1.1
set style line 2 lc rgb "#56B4E9" lw 2 pt 5 ps 1.1
set style line 3 lc rgb "#0072B2" lw 2 pt 9 ps 1.3
set style line 4 lc rgb "#D55E00" lw 2 pt 11 ps 1.3
set style line 5 lc rgb "#009E73" lw 2 pt 13 ps 1.4
set style line 6 lc rgb "#CC79A7" lw 2 pt 3 ps 1.2
set style line 7 lc rgb "#E69F00" lw 2 pt 2 ps 1.2
