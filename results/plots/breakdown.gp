# gnuplot -c breakdown.gp DATA OUTPUT svg|png TITLE BARS FOLDER
# DATA: one bar a line: name detect select load rebuild lost_work, in seconds.
load ARG6 . "/common.gp"
unset title
set multiplot title ARG4 noenhanced
set style fill solid 0.9 border rgb "#ffffff"
set boxwidth 0.6
set grid noxtics ytics
set xtics rotate by -30 scale 0
n = int(ARG5)
set xrange [-0.6:n-0.4]
set yrange [0:*]
set lmargin at screen 0.08
set rmargin at screen 0.52
set tmargin at screen 0.86
set bmargin at screen 0.27
set key at screen 0.5,0.04 center bottom horizontal maxrows 1 samplen 1.5 spacing 1.2
set ylabel "failure to next useful instruction [s]" offset 1,0
plot ARG1 using 0:($2+$3+$4+$5):xtic(1) with boxes lc rgb "#E69F00" title "rebuild", \
     ARG1 using 0:($2+$3+$4) with boxes lc rgb "#D55E00" title "load (with conversion)", \
     ARG1 using 0:($2+$3) with boxes lc rgb "#56B4E9" title "select", \
     ARG1 using 0:2 with boxes lc rgb "#0072B2" title "detect", \
     NaN with boxes lc rgb "#999999" title "lost work"
set lmargin at screen 0.62
set rmargin at screen 0.97
set ylabel "with the work that was lost [s]" offset 1,0
unset key
plot ARG1 using 0:($2+$3+$4+$5+$6):xtic(1) with boxes lc rgb "#999999", \
     ARG1 using 0:($2+$3+$4+$5) with boxes lc rgb "#E69F00", \
     ARG1 using 0:($2+$3+$4) with boxes lc rgb "#D55E00", \
     ARG1 using 0:($2+$3) with boxes lc rgb "#56B4E9", \
     ARG1 using 0:2 with boxes lc rgb "#0072B2"
unset multiplot
