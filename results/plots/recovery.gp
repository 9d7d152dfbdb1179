# gnuplot -c recovery.gp DATA OUTPUT svg|png TITLE SERIES FOLDER
# DATA: blocks of x y p10 p90, the series' title in the first line.
data = ARG1; out = ARG2; kind = ARG3; heading = ARG4; n = int(ARG5)
load ARG6 . "/common.gp"
stats data using 1 name "X" nooutput
stats data using 3 name "L" nooutput
stats data using 4 name "H" nooutput
set xlabel "state of the process [MiB]"
set ylabel "failure to next useful instruction [s]"
set format "%g"
# Logarithmic where the figures span more than a decade.
if (X_max > 10 * X_min) { set logscale x; set mxtics 10 }
if (H_max > 20 * L_min && L_min > 0) {
    set logscale y
    set mytics 10
    set yrange [L_min / 1.3 : H_max * 1.3]
} else {
    set yrange [0 : H_max * 1.08]
}
set xrange [X_min / 1.3 : X_max * 1.3]
set key below left horizontal Left reverse maxcols 2 samplen 3 spacing 1.15
plot for [i = 0:n-1] data index i using 1:2:3:4 with yerrorbars ls (i+1) notitle, \
     for [i = 0:n-1] data index i using 1:2 with linespoints ls (i+1) title columnheader(1)
