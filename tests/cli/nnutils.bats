#!/usr/bin/env bats
# The program nnutils: the list of the others, and running one.

bats_require_minimum_version 1.5.0

others() {
	for p in src/*.c; do
		p=$(basename "$p" .c)
		[ "$p" = nnutils ] || echo "$p"
	done
}

@test "nnutils lists what is built, with the words of each program itself" {
	[ "$(nnutils --tsv | cut -f1 | sort)" = "$(others | sort)" ]
	for p in $(others); do
		want=$("$p" --help | sed -n '2s/[^:]*: //p')
		[ "$(nnutils --tsv | sed -n "s/^$p	//p")" = "$want" ]
	done
	nnutils --json | python3 -c 'import json, sys
print(*sorted(json.loads(line)["program"] for line in sys.stdin), sep="\n")' |
	    cmp - <(others | sort)
	# its completion knows them, too
	words=$(nnutils --completion=fish | sed -n "2s/.*-a '\(.*\)'.*/\1/p")
	[ "$(tr ' ' '\n' <<<"$words" | sort)" = "$( (echo help; others) | sort)" ]
}

@test "nnutils PROGRAM is that program, with its options and its status" {
	[ "$(nnutils net-show --tsv lenet)" = "$(net-show --tsv lenet)" ]
	[ "$(nnutils help net-show)" = "$(net-show --help)" ]
	run -2 nnutils net-show --no-such-option
	[[ $output == "net-show: unknown option --no-such-option"* ]]
	run -4 nnutils net-show no-such-net
	run -2 nnutils net-shwo
	[[ $output == "nnutils: there is no program 'net-shwo' (did you mean net-show?)"* ]]
	# options in front would be those of nnutils: it does not guess
	for front in --tsv -q --; do
		run -2 nnutils $front net-show lenet
		[[ $output == "nnutils: net-show stands first"* ]] || [ -z "$output" ]
	done
	run -2 nnutils --json net-show
	run -2 nnutils help net-show lenet
	[[ $output == "nnutils: help takes the name of one program"* ]]
	# beside it, also where PATH has others or none
	dir=$(cd "$BIN" && pwd)
	PATH=/nowhere run -0 "$dir/nnutils" net-show --version
	[[ $output == "net-show (nnutils) "* ]]
	cp "$dir/nnutils" "$BATS_TEST_TMPDIR"
	run -0 "$BATS_TEST_TMPDIR/nnutils" net-show --version
	PATH=/nowhere run -4 "$BATS_TEST_TMPDIR/nnutils" net-show
	[[ $output == "nnutils: run net-show: No such file or directory" ]]
}
