# gnuplot -c violations.gp DATA OUTPUT svg|png TITLE SERIES FOLDER
# DATA: blocks of x mean low high (95% interval), the series' title in the first line.
data = ARG1; out = ARG2; kind = ARG3; heading = ARG4; n = int(ARG5)
load ARG6 . "/common.gp"
set xlabel "recovery-time target [min]"
set ylabel "recoveries that miss it [%]"
set logscale x 2; set yrange [0 : *]
set format "%g"
set offsets graph 0.05, graph 0.05, graph 0.05, 0
set key below left horizontal Left reverse maxcols 4 samplen 3 spacing 1.15
plot for [i = 0:n-1] data index i using 1:2:3:4 with yerrorbars ls (i+1) notitle, \
     for [i = 0:n-1] data index i using 1:2 with linespoints ls (i+1) title columnheader(1)
