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
# The key by hand: one line below both plots, which none of gnuplot's own places is.
unset key
array names[5] = ["detect", "select", "load (L: and convert)", "rebuild", "lost work"]
array colours[5] = [0x0072B2, 0x56B4E9, 0xD55E00, 0xE69F00, 0x999999]
array places[5] = [0.10, 0.24, 0.38, 0.64, 0.80]
do for [i = 1:5] {
    set object i rectangle from screen places[i], 0.05 to screen places[i] + 0.025, 0.085 \
        fc rgb colours[i] fs solid 0.95 noborder
    set label i names[i] at screen places[i] + 0.035, 0.0675 left textcolor rgb "#222222"
}
set ylabel "failure to next useful instruction [s]" offset 1,0
plot data using 0:($2+$3+$4+$5):xtic(1) with boxes lc rgb "#E69F00", \
     data using 0:($2+$3+$4) with boxes lc rgb "#D55E00", \
     data using 0:($2+$3) with boxes lc rgb "#56B4E9", \
     data using 0:2 with boxes lc rgb "#0072B2"
set lmargin at screen 0.58
set rmargin at screen 0.99
set ylabel "the same and the work lost [s]" offset 1,0
plot data using 0:($2+$3+$4+$5+$6):xtic(1) with boxes lc rgb "#999999", \
     data using 0:($2+$3+$4+$5) with boxes lc rgb "#E69F00", \
     data using 0:($2+$3+$4) with boxes lc rgb "#D55E00", \
     data using 0:($2+$3) with boxes lc rgb "#56B4E9", \
     data using 0:2 with boxes lc rgb "#0072B2"
unset multiplot
