# gnuplot -c overhead.gp DATA OUTPUT svg|png TITLE SERIES FOLDER
# DATA: blocks of x y p10 p90, the series' title in the first line.
data = ARG1; out = ARG2; kind = ARG3; heading = ARG4; n = int(ARG5)
load ARG6 . "/common.gp"
stats data using 1 name "X" nooutput
stats data using 4 name "H" nooutput
set xlabel "checkpoint interval [s]"
set ylabel "time above that without checkpoints [%]"
set logscale x 2
set format "%g"
set xrange [X_min / 1.2 : X_max * 1.2]
set yrange [0 : (H_max > 0 ? H_max * 1.08 : 1)]
set key below left horizontal Left reverse maxcols 2 samplen 3 spacing 1.15
plot for [i = 0:n-1] data index i using 1:2:3:4 with yerrorbars ls (i+1) notitle, \
     for [i = 0:n-1] data index i using 1:2 with linespoints ls (i+1) title columnheader(1)
