#!/bin/sh
# View: how far apart a siamese net puts the two pictures of each pair; those that are
# nearer than half the margin are taken for the same.
#
#	model-infer -m MODEL -d PAIRS --json --outputs feat,feat_p | sh view-pairs.sh [HALF]
set -eu
LC_ALL=C
export LC_ALL
awk -v half="${1:-0.5}" '
# The numbers behind the next "values", cut off the line.
function values(v) {
	if (!match($0, /"values": \[[^]]*\]/))
		return 0
	size = split(substr($0, RSTART + 11, RLENGTH - 12), v, ", ")
	$0 = substr($0, RSTART + RLENGTH)
	return size
}
BEGIN { n = right = known = 0 }
/"outputs":/ {
	name = $0
	sub(/^.*"path": "/, "", name)
	sub(/".*$/, "", name)
	truth = match($0, /"truth": [0-9]+/) ? substr($0, RSTART + 9, RLENGTH - 9) : "-"
	a = values(first)
	b = values(second)
	if (a == 0 || a != b) {
		print "view-pairs.sh: two outputs of one shape are wanted: --outputs feat,feat_p" >"/dev/stderr"
		exit failed = 1
	}
	sum = 0
	for (i = 1; i <= a; i++)
		sum += (first[i] - second[i]) ^ 2
	same = sqrt(sum) < half ? 1 : 0
	printf "%s\t%.4f\t%s\t%s\n", name, sqrt(sum), same ? "same" : "differ", truth
	n++
	if (truth != "-") {
		known++
		right += same == truth
	}
}
END {
	if (failed)
		exit 1
	if (n == 0) {
		print "view-pairs.sh: no outputs of model-infer --json" >"/dev/stderr"
		exit 1
	}
	if (known > 0)
		printf "%d pairs, %.2f%% told rightly\n", known, 100 * right / known
}'
