# gnuplot -c validation.gp DATA OUTPUT svg|png TITLE SCENARIOS FOLDER
# DATA: number, 1 for a recovery (0: a propagation), measured ns, predicted / measured.
data = ARG1; out = ARG2; kind = ARG3; heading = ARG4; n = int(ARG5)
load ARG6 . "/common.gp"
set xlabel "scenario"
set ylabel "predicted / measured"
set xrange [0.3:n+0.7]
set xtics 1
stats data using 4 nooutput
low = STATS_min < 0.8 ? STATS_min - 0.05 : 0.8
high = STATS_max > 1.2 ? STATS_max + 0.05 : 1.2
set yrange [low:high]
set object 1 rectangle from 0.3,0.9 to n+0.7,1.1 fc rgb "#eeeeee" fs solid noborder behind
set key top right
plot 1 with lines lc rgb "#444444" lw 1 notitle, \
     data using ($2 == 0 ? $1 : 1/0):4 with points ls 3 title "propagation", \
     data using ($2 == 1 ? $1 : 1/0):4 with points ls 4 title "recovery"
