#!/bin/sh
# Made-up sentences of three classes, as lines of CSV: CLASS,"words".
set -eu
LC_ALL=C
export LC_ALL
awk -v n="${1:-100}" -v seed="${2:-1}" '
# Park and Miller: the same numbers wherever awk is from.
function random(below) {
	seed = seed * 16807 % 2147483647
	return int(seed / 2147483647 * below)
}
BEGIN {
	seed = seed % 2147483646 + 1
	split("goal player match team ball score race coach league referee", w1, " ")
	split("salt flour oven butter soup knife pepper bread sugar kettle", w2, " ")
	split("rain cloud storm snow wind thunder sunny frost fog breeze", w3, " ")
	split("the a of in and with was is near some", common, " ")
	for (k = 0; k < n; k++) {
		class = 1 + random(3)
		text = ""
		words = 5 + random(4)
		for (i = 0; i < words; i++) {
			at = 1 + random(10)
			word = i % 2 ? (class == 1 ? w1[at] : class == 2 ? w2[at] : w3[at]) : common[at]
			text = text (i ? " " : "") word
		}
		printf "%d,\"%s\"\n", class, text
	}
}'
