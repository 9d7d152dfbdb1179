# gnuplot -c recovery.gp DATA OUTPUT svg|png TITLE SERIES FOLDER
# DATA: blocks of x y p10 p90, the series' title in the first line.
load ARG6 . "/common.gp"
set xlabel "state of the process [MiB]"
set ylabel "failure to next useful instruction [s]"
set logscale x 10
set logscale y 10
set format x "%g"
set format y "%g"
set mxtics 10
set mytics 10
set offsets graph 0.04, graph 0.04, graph 0.05, graph 0.05
set key below center maxrows 3 samplen 3 spacing 1.1 width 2
n = int(ARG5)
plot for [i = 0:n-1] ARG1 index i using 1:2:3:4 with yerrorbars ls (i+1) notitle, \
     for [i = 0:n-1] ARG1 index i using 1:2 with linespoints ls (i+1) title columnheader(1)
