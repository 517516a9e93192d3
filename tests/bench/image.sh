#!/bin/sh
# Decoding, resizing and encoding on one core: ours, libjpeg-turbo alone,
# Pillow, OpenCV (its antialiased INTER_AREA).  Milliseconds per picture, and
# how many times longer the peer takes.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bench=${OBJ:-bin/obj}/tests/bench/image
"$bench" make "$dir" || exit 1
"$bench" run "$dir" >"$dir/ours" || exit 1
for peer in pillow opencv; do
	/usr/bin/python3 tests/bench/image.py "$dir" $peer \
	    >"$dir/$peer" 2>/dev/null || echo "# $peer: not measured"
done
awk -F '\t' -v dir="$dir" '
function read(peer, of,   line, f) {
	while ((getline line < (dir "/" peer)) > 0) {
		split(line, f, "\t")
		of[f[1]] = f[2]
	}
}
function cell(v, ours) {
	return v > 0 ? sprintf("%9.3f %5.1fx", v, v / ours) : sprintf("%9s %6s", "-", "")
}
BEGIN {
	read("pillow", p)
	read("opencv", o)
	printf "%-44s %9s %9s %16s %16s\n", "# ms per picture, one core", \
	    "ours", "pict/s", "Pillow", "OpenCV"
}
{
	printf "%-44s %9.3f %9.0f %s %s\n", $1, $2, 1000 / $2, \
	    cell(p[$1], $2), cell(o[$1], $2)
}' "$dir/ours"
