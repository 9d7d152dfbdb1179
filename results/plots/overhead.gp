# gnuplot -c overhead.gp DATA OUTPUT svg|png TITLE SERIES FOLDER
# DATA: blocks of x y p10 p90, the series' title in the first line.
load ARG6 . "/common.gp"
set xlabel "checkpoint interval [s]"
set ylabel "completion time above that without checkpoints [%]"
set logscale x 2
set format x "%g"
set yrange [0:*]
set offsets graph 0.04, graph 0.04, graph 0.08, 0
set key below center maxrows 2 samplen 3 spacing 1.1 width 2
n = int(ARG5)
plot for [i = 0:n-1] ARG1 index i using 1:2:3:4 with yerrorbars ls (i+1) notitle, \
     for [i = 0:n-1] ARG1 index i using 1:2 with linespoints ls (i+1) title columnheader(1)
