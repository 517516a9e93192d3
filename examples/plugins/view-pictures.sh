#!/bin/sh
# View: outputs that are pictures, of one or three channels (B G R), as PGM or PPM files:
# what DIGITS's image output shows.
#
#	model-infer -m MODEL --json PICTURE... | sh view-pictures.sh DIR [WHITE]
#
# DIR/NAME.pgm of a picture NAME.png; numbers from 0 to WHITE (255) are black to white.
set -eu
LC_ALL=C
export LC_ALL
dir=${1:?usage: view-pictures.sh DIR [WHITE]}
mkdir -p "$dir"
awk -v dir="$dir" -v white="${2:-255}" '
function level(x) {
	x = x * 255 / white
	return x < 0 ? 0 : x > 255 ? 255 : int(x + .5)
}
BEGIN { n = 0 }
/"outputs":/ {
	name = $0
	sub(/^.*"path": "/, "", name)
	sub(/".*$/, "", name)
	sub(/^.*\//, "", name)
	sub(/\.[^.]*$/, "", name)
	if (!match($0, /"shape": \[[^]]*\]/))
		next
	axes = split(substr($0, RSTART + 10, RLENGTH - 11), side, ", ")
	match($0, /"values": \[[^]]*\]/)
	count = split(substr($0, RSTART + 11, RLENGTH - 12), v, ", ")
	h = side[axes - 1]
	w = side[axes]
	c = axes > 2 ? side[axes - 2] : 1
	if (axes < 2 || count != w * h * c || (c != 1 && c != 3)) {
		print "view-pictures.sh: " name ": the output is no picture of 1 or 3 channels" >"/dev/stderr"
		exit failed = 1
	}
	file = dir "/" name (c == 1 ? ".pgm" : ".ppm")
	printf "P%d\n%d %d\n255\n", c == 1 ? 2 : 3, w, h >file
	for (i = 1; i <= w * h; i++)
		if (c == 1)
			print level(v[i]) >file
		else
			print level(v[i + 2 * w * h]), level(v[i + w * h]), level(v[i]) >file
	close(file)
	n++
}
END {
	if (!failed && n == 0)
		print "view-pictures.sh: no outputs of model-infer --json" >"/dev/stderr"
	exit failed || n == 0
}'
