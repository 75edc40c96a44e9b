# What a datagram costs, in times of a program that speaks SOCKS5 by hand.
# gnuplot -e 'columns = "FILE"; picture = "FILE.svg"' path.gnuplot
# FILE: a line a pattern: its label, and the ratio of each mode, as bench_path --columns writes them.

set terminal svg size 1100,440 noenhanced font "sans-serif,13" background "white"
set output picture
set datafile separator "\t"
set title "Processor time per datagram of 512 octets: by hand = 1, less is better"
set key outside top center horizontal reverse Left samplen 1.5 width 2
set bmargin 4
set lmargin 6
set rmargin 2

top = 2.0
set yrange [0:top * 1.06]
set ytics 0, 0.25, top format "%.2f" scale 0 nomirror textcolor rgb "#222222"
set grid ytics lc rgb "#dddddd" lt 1
set border 1 lc rgb "#888888"
set xtics scale 0 nomirror font ",11" textcolor rgb "#222222"

set style data histograms
set style histogram clustered gap 1
set style fill solid
set boxwidth 0.92

# A bar that does not end within the picture has its number above it; so has each of the preloaded ones.
cut(value) = value > top ? top : value
figure(value) = sprintf(value > top ? "%.1f" : "%.2f", value)
cut_figure(value) = value > top ? sprintf("%.0f", value) : ""
place(mode) = (mode - 1.5) / 5.0

plot columns using (cut($2)):xtic(1) title "direct" lc rgb "#b0b8c0", \
	"" using (cut($3)) title "by hand" lc rgb "#6a7a8a", \
	"" using (cut($4)) title "preloaded" lc rgb "#1f77b4", \
	"" using (cut($5)) title "Dante's socksify (no bar: it leaks or garbles)" lc rgb "#e8a33d", \
	"" using ($0 + place(2)):(cut($4)):(figure($4)) with labels offset 0, 0.6 font ",9" notitle, \
	"" using ($0 + place(3)):(cut($5)):(cut_figure($5)) with labels offset 0, 0.6 font ",9" notitle
