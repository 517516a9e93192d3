#!/bin/sh
# Made-up slices of hearts: DIR/images/NAME.pgm, 64x64, 16 bits of which 12 are used, a
# bright ellipse on noise; DIR/contours/NAME-icontour-manual.txt, 24 corners "x y".
set -eu
LC_ALL=C
export LC_ALL
dir=${1:?usage: made-up.sh DIR COUNT [SEED]}
mkdir -p "$dir/images" "$dir/contours"
awk -v n="${2:-100}" -v seed="${3:-1}" -v dir="$dir" '
# Park and Miller: the same numbers wherever awk is from.
function random() {
	seed = seed * 16807 % 2147483647
	return seed / 2147483647
}
BEGIN {
	size = 64
	pi = atan2(0, -1)
	seed = seed % 2147483646 + 1
	for (k = 0; k < n; k++) {
		name = sprintf("IM-0001-%04d", k)
		image = dir "/images/" name ".pgm"
		contour = dir "/contours/" name "-icontour-manual.txt"
		cx = 20 + 24 * random()
		cy = 20 + 24 * random()
		a = 6 + 8 * random()
		b = 6 + 8 * random()
		printf "P2\n%d %d\n4095\n", size, size >image
		for (y = 0; y < size; y++) {
			row = ""
			for (x = 0; x < size; x++) {
				r = ((x - cx) / a) ^ 2 + ((y - cy) / b) ^ 2
				row = row " " int((r < 1 ? 2200 : r < 2.2 ? 700 : 1200) + 900 * random())
			}
			print row >image
		}
		for (i = 0; i < 24; i++)
			printf "%.2f %.2f\n", cx + a * cos(i * pi / 12), cy + b * sin(i * pi / 12) >contour
		close(image)
		close(contour)
	}
}'
