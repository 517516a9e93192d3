#!/bin/sh
# Data: pairs of pictures, and whether they are of one class (1) or not (0): what
# DIGITS's example of siamese nets makes of MNIST.
#
#	sh pairs.sh DSET COUNT [PART [SEED]] | dset-create -t stream -o PAIRS -
#
# DSET is a data set of gray pictures of one size.  The first picture of a pair is in
# the blue channel, the second in the green one, and the red one is black: channels 0,
# 1 and 2 of a record.  Half of the pairs are of one class.
set -eu
LC_ALL=C
export LC_ALL
dset=${1:?usage: pairs.sh DSET COUNT [PART [SEED]]}
count=${2:?usage: pairs.sh DSET COUNT [PART [SEED]]}
part=${3:-train}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# A line for each record: its width and height, its class, the bytes of its PGM file.
dset-show "$dset" -p "$part" --cat --pnm | tar -C "$dir" -xf -
find "$dir" -name '*.pgm' | sort >"$dir/files"
first=$(head -n 1 "$dir/files")
if [ -z "$first" ]; then
	echo "pairs.sh: $dset has no gray pictures" >&2
	exit 1
fi
shape=$(head -n 2 "$first" | tail -n 1)
find "$dir" -name '*.cls' | sort | xargs cat >"$dir/classes"
xargs cat <"$dir/files" | od -An -v -tu1 -w"$(wc -c <"$first")" |
    paste -d ' ' "$dir/classes" - >"$dir/all"
find "$dir" -name '*.pgm' -o -name '*.cls' | xargs rm

awk -v n="$count" -v seed="${4:-1}" -v dir="$dir" -v shape="$shape" '
# Park and Miller: the same numbers wherever awk is from.
function random(below) {
	seed = seed * 16807 % 2147483647
	return int(seed / 2147483647 * below)
}
BEGIN {
	split(shape, side, " ")
	size = side[1] * side[2]
}
{
	if (NF < size) {
		print "pairs.sh: pictures of several sizes" >"/dev/stderr"
		exit failed = 1
	}
	picture[NR] = $0
	skip = NF - size # the class, and the head of the file
	class[NR] = $1
	number[NR] = members[$1] + 0 # within its class
	member[$1, members[$1]++] = NR
}
END {
	if (failed)
		exit 1
	if (NR < 2) {
		print "pairs.sh: fewer than two pictures" >"/dev/stderr"
		exit 1
	}
	seed = seed % 2147483646 + 1
	for (i = 0; i < 10; i++)
		random(2)
	for (k = 0; k < n; k++) {
		a = 1 + random(NR)
		if (k % 2 == 0)
			b = member[class[a], random(members[class[a]])]
		else
			b = 1 + random(NR)
		split(picture[a], blue, " ")
		split(picture[b], green, " ")
		name = sprintf("%s/%06d", dir, k)
		printf "P3\n%s\n255\n", shape >(name ".ppm")
		for (i = 1; i <= size; i++)
			print 0, green[skip + i], blue[skip + i] >(name ".ppm")
		print (class[a] == class[b] ? 1 : 0) >(name ".cls")
		close(name ".ppm")
		close(name ".cls")
	}
}' "$dir/all"
rm "$dir/all" "$dir/classes" "$dir/files"
tar -C "$dir" --sort=name -cf - .
