#!/bin/sh
# Data: texts as rows of characters, one pixel each, and their classes: what DIGITS's
# text-classification makes.
#
#	sh text.sh FILE.csv [LENGTH [ALPHABET]] |
#	    dset-create -t stream --gray --encoding none --mean none -o DSET -
#
# A line of FILE.csv is a class and then fields, which may stand between double quotes
# and are put together: 3,"Title","Text".  Capitals are as small letters.  A pixel is
# the place of its character in the alphabet, from 1; other characters, and what is
# missing at the end, are one more than that has.
set -eu
LC_ALL=C
export LC_ALL
csv=${1:?usage: text.sh FILE.csv [LENGTH [ALPHABET]]}
# shellcheck disable=SC2016
plain='abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\''"/\|_@#$%^&*~`+ =<>()[]{}'
ALPHABET=${3:-$plain}
export ALPHABET
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

awk -v length_max="${2:-1024}" -v dir="$dir" '
BEGIN {
	alphabet = ENVIRON["ALPHABET"]
	other = length(alphabet) + 1
	if (other > 255) {
		print "text.sh: an alphabet of more than 254 characters" >"/dev/stderr"
		exit failed = 1
	}
	for (i = 1; i < other; i++)
		place[substr(alphabet, i, 1)] = i
}
{
	sub(/\r$/, "")
	comma = index($0, ",")
	class = substr($0, 1, comma - 1)
	gsub(/"/, "", class)
	text = substr($0, comma + 1)
	if (comma == 0 || class == "") {
		printf "text.sh: line %d has no class and text\n", NR >"/dev/stderr"
		exit failed = 1
	}
	gsub(/","/, "", text)
	sub(/^"/, "", text)
	sub(/"$/, "", text)
	gsub(/""/, "\"", text)
	text = tolower(text)
	name = sprintf("%s/%07d", dir, NR - 1)
	printf "P2\n%d 1\n255\n", length_max >(name ".pgm")
	row = ""
	for (i = 1; i <= length_max; i++) {
		c = substr(text, i, 1)
		row = row " " (c in place && c != "" ? place[c] : other)
	}
	print row >(name ".pgm")
	print class >(name ".cls")
	close(name ".pgm")
	close(name ".cls")
}
END {
	exit failed
}' "$csv"
tar -C "$dir" --sort=name -cf - .
