# gnuplot -c breakdown.gp DATA OUTPUT svg|png TITLE BARS FOLDER
# DATA: one bar a line: name detect select load rebuild lost_work, in seconds.
data = ARG1; out = ARG2; kind = ARG3; heading = ARG4; n = int(ARG5)
load ARG6 . "/common.gp"
unset title
set multiplot title heading noenhanced
set style fill solid 0.95 border rgb "#ffffff"
set boxwidth 0.6
set grid noxtics ytics
set xtics scale 0
set xrange [-0.6:n-0.4]
set yrange [0:*]
set tmargin at screen 0.86
set bmargin at screen 0.22
set lmargin at screen 0.08
set rmargin at screen 0.50
set key at screen 0.5,0.04 center bottom horizontal maxrows 1 samplen 1.5 width 1
set ylabel "failure to next useful instruction [s]" offset 1,0
plot data using 0:($2+$3+$4+$5):xtic(1) with boxes lc rgb "#E69F00" title "rebuild", \
     data using 0:($2+$3+$4) with boxes lc rgb "#D55E00" title "load (L: and convert)", \
     data using 0:($2+$3) with boxes lc rgb "#56B4E9" title "select", \
     data using 0:2 with boxes lc rgb "#0072B2" title "detect", \
     keyentry with boxes lc rgb "#999999" title "lost work"
set lmargin at screen 0.58
set rmargin at screen 0.99
set ylabel "the same and the work lost [s]" offset 1,0
unset key
plot data using 0:($2+$3+$4+$5+$6):xtic(1) with boxes lc rgb "#999999", \
     data using 0:($2+$3+$4+$5) with boxes lc rgb "#E69F00", \
     data using 0:($2+$3+$4) with boxes lc rgb "#D55E00", \
     data using 0:($2+$3) with boxes lc rgb "#56B4E9", \
     data using 0:2 with boxes lc rgb "#0072B2"
unset multiplot
