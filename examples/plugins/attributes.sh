#!/bin/sh
# Data: pictures and their attributes, -1 or 1 each, from a list as CelebA has it
# (list_attr_celeba.txt): a line with their number, one with the names of the
# attributes, and then lines "FILE a1 a2 ...".
#
#	sh attributes.sh LIST IMAGES [ATTRIBUTE...] | dset-create -t stream -o DSET -
#
# Without names all attributes are taken, in the order of the list.
set -eu
LC_ALL=C
export LC_ALL
list=${1:?usage: attributes.sh LIST IMAGES [ATTRIBUTE...]}
images=${2:?usage: attributes.sh LIST IMAGES [ATTRIBUTE...]}
shift 2
case $images in
/*) ;;
*) images=$PWD/$images ;;
esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

awk -v dir="$dir" -v wanted="$*" '
NR == 2 {
	names = NF
	for (i = 1; i <= NF; i++)
		at[$i] = i + 1
	n = split(wanted, want, " ")
	for (i = 1; i <= n; i++)
		if (!(want[i] in at)) {
			print "attributes.sh: no attribute is called " want[i] >"/dev/stderr"
			exit failed = 1
		}
	next
}
NR < 3 || NF == 0 { next }
NF != names + 1 {
	printf "attributes.sh: line %d has %d attributes, and there are %d\n", NR, NF - 1, names >"/dev/stderr"
	exit failed = 1
}
{
	row = ""
	if (n > 0)
		for (i = 1; i <= n; i++)
			row = row " " $(at[want[i]])
	else
		for (i = 2; i <= NF; i++)
			row = row " " $i
	name = $1
	stem = $1
	sub(/\.[^.]*$/, "", stem)
	print row >(dir "/" stem ".txt")
	close(dir "/" stem ".txt")
	print name
}
END {
	exit failed
}' "$list" >"$dir/names"
while read -r name; do
	ln -s "$images/$name" "$dir/$name"
done <"$dir/names"
rm "$dir/names"
tar -C "$dir" --sort=name -chf - .
