#!/bin/sh
# View: an arrow for each picture, down the slopes that a net has found, as an SVG file:
# what DIGITS's image-gradients shows.
#
#	model-infer -m MODEL --json PICTURE... | sh view-gradients.sh >arrows.svg
set -eu
LC_ALL=C
export LC_ALL
awk '
BEGIN { n = 0 }
match($0, /"values": \[[^]]*\]/) {
	split(substr($0, RSTART + 11, RLENGTH - 12), v, ", ")
	name = $0
	sub(/^.*"path": "/, "", name)
	sub(/".*$/, "", name)
	gsub(/&/, "\\&amp;", name)
	gsub(/</, "\\&lt;", name)
	sx[n] = v[1]
	sy[n] = v[2]
	path[n++] = name
}
END {
	if (n == 0) {
		print "view-gradients.sh: no outputs of model-infer --json" >"/dev/stderr"
		exit 1
	}
	cell = 140
	across = n < 5 ? n : 5
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"9\">\n", across * cell, int((n + across - 1) / across) * cell
	print "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"6\" refY=\"3\" orient=\"auto\"><path d=\"M0,0 L6,3 L0,6 z\"/></marker></defs>"
	for (i = 0; i < n; i++) {
		x = i % across * cell + cell / 2
		y = int(i / across) * cell + cell / 2
		printf "<rect x=\"%g\" y=\"%g\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#bbb\"/>\n", x - cell / 2 + 2, y - cell / 2 + 2, cell - 4, cell - 4
		printf "<line x1=\"%g\" y1=\"%g\" x2=\"%g\" y2=\"%g\" stroke=\"#000\" stroke-width=\"2\" marker-end=\"url(#tip)\"/>\n", x, y, x - 100 * sx[i], y - 100 * sy[i]
		printf "<text x=\"%g\" y=\"%g\">%s %.3f %.3f</text>\n", x - cell / 2 + 6, y + cell / 2 - 8, path[i], sx[i], sy[i]
	}
	print "</svg>"
}'
