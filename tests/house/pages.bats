#!/usr/bin/env bats
# What the pages have: nnutils(7) every program, and each its sections.

others() {
	for p in src/*.c; do
		p=$(basename "$p" .c)
		[ "$p" = nnutils ] || echo "$p"
	done
}

@test "nnutils(7) tells of every program in its own words, and of every status" {
	page=$(mandoc -T ascii man/nnutils.7 | sed 's/.\x08//g' | tr -s ' \t\n' ' ')
	for p in $(others); do
		grep -q "^\.It Xr $p 1$" man/nnutils.7
		[[ $page == *"$p(1) $(nnutils --tsv | sed -n "s/^$p	//p")"* ]]
	done
	while read -r status what; do
		[[ $page == *" $status $what"* ]] || { echo "$status $what"; false; }
	done < <(nnutils --help=exit)
}

@test "every page of a program has all sections, and names pages that are there" {
	for p in src/*.c; do
		p=man/$(basename "$p" .c).1
		for s in NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES \
		    'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
			grep -q "^\.Sh $s$" "$p" || { echo "$p: $s"; false; }
		done
	done
	for p in man/*.[57]; do
		for s in NAME DESCRIPTION 'SEE ALSO'; do
			grep -q "^\.Sh $s$" "$p" || { echo "$p: $s"; false; }
		done
	done
	while read -r _ name section _; do
		case $name in
		git|curl|jq|ssh-keygen) ;;
		*) [ -e "man/$name.$section" ] || { echo "$name $section"; false; } ;;
		esac
	done < <(grep -h '^\.Xr' man/*.[1-9])
}
