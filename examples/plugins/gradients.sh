#!/bin/sh
# Data: pictures of linear gradients, and their two slopes to be found: what DIGITS's
# image-gradients makes.
#
#	sh gradients.sh COUNT [WIDTH [HEIGHT [SEED]]] |
#	    dset-create -t stream --gray -o DSET -
#
# Pixel x, y is sx * 255/W * (x - W/2) + sy * 255/H * (y - H/2) + 127.5, with slopes
# of -0.5 to 0.5; KEY.txt holds "sx sy".
set -eu
LC_ALL=C
export LC_ALL
count=${1:?usage: gradients.sh COUNT [WIDTH [HEIGHT [SEED]]]}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

awk -v n="$count" -v w="${2:-50}" -v h="${3:-50}" -v seed="${4:-1}" -v dir="$dir" '
# Park and Miller: the same numbers wherever awk is from.
function random() {
	seed = seed * 16807 % 2147483647
	return seed / 2147483647
}
BEGIN {
	seed = seed % 2147483646 + 1
	cx = int(w / 2)
	cy = int(h / 2)
	for (i = 0; i < 10; i++)
		random()
	for (k = 0; k < n; k++) {
		sx = random() - .5
		sy = random() - .5
		name = sprintf("%s/%06d", dir, k)
		printf "P2\n%d %d\n255\n", w, h >(name ".pgm")
		for (y = 0; y < h; y++) {
			row = ""
			for (x = 0; x < w; x++)
				row = row " " int(sx * 255 / w * (x - cx) + sy * 255 / h * (y - cy) + 127.5)
			print row >(name ".pgm")
		}
		printf "%.6f %.6f\n", sx, sy >(name ".txt")
		close(name ".pgm")
		close(name ".txt")
	}
}'
tar -C "$dir" --sort=name -cf - .
