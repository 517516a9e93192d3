# The tree itself: layers, headers, pages, completions.

@test "no module includes what lib/layers does not allow" {
	run sh scripts/layers
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "scripts/layers sees an arrow that points up, and a foreign header" {
	mkdir -p "$BATS_TEST_TMPDIR/lib/base" "$BATS_TEST_TMPDIR/lib/new"
	cp lib/layers "$BATS_TEST_TMPDIR/lib/layers"
	printf '#include "image/image.h"\n#include <png.h>\n' \
	    >"$BATS_TEST_TMPDIR/lib/base/x.c"
	printf '#include <stdio.h>\n' >"$BATS_TEST_TMPDIR/lib/new/y.c"
	run sh scripts/layers "$BATS_TEST_TMPDIR"
	[ "$status" -eq 1 ]
	[[ "$output" == *"base may not include image/image.h"* ]]
	[[ "$output" == *"base may not include <png.h>"* ]]
	[[ "$output" == *"module new is not in lib/layers"* ]]
}

@test "every header compiles alone" {
	OBJ=$OBJ run sh scripts/lint alone
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "man pages are what the option tables say" {
	for p in src/*.c; do
		[ -e "$p" ] || skip "no programs"
		p=$(basename "$p" .c)
		diff -u "man/$p.1" <("$p" --help=man)
	done
}

@test "man pages pass mandoc's lint" {
	for p in man/*.[1-9]; do
		[ -e "$p" ] || skip "no pages"
		mandoc -T lint -W warning "$p"
	done
}

@test "no help is longer than three screens, and every topic of it is there" {
	for p in src/*.c; do
		p=$(basename "$p" .c)
		run "$p" --help
		[ "${#lines[@]}" -le 110 ] || { echo "$p: ${#lines[@]}"; false; }
		all=$("$p" --help=all)
		for topic in $("$p" --help=none 2>&1 |
		    sed -n "s/.*is not one of \([^ ]*\).*/\1/p" | tr '|' ' '); do
			run "$p" --help="$topic"
			[ "$status" -eq 0 ]
			case $topic in
			all|man|exit) ;;
			*) [[ $all == *"$output"* ]] || { echo "$p $topic"; false; } ;;
			esac
		done
		[ -n "$topic" ]
	done
}

@test "help has colours on a terminal alone, and not with NO_COLOR" {
	esc=$'\033'
	[[ $(net-show --help) != *"$esc"* ]]
	run script -qec 'TERM=xterm net-show --help' /dev/null
	[[ $output == *"$esc[1mOptions$esc[0m:"* ]]
	run script -qec 'TERM=xterm net-show --nope' /dev/null
	[[ $output == "$esc[1;31mnet-show: $esc[0munknown option --nope"* ]]
	run script -qec 'TERM=xterm NO_COLOR=1 net-show --help' /dev/null
	[[ $output == *$'\n'"Options:"* ]]
	run script -qec 'TERM=dumb net-show --nope' /dev/null
	[[ $output == "net-show: unknown"* ]]
}

@test "--help=man is a page on a terminal, its source in a pipe" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "man $* got"; sed -n "s/^.Nm //p"\n' \
	    >"$BATS_TEST_TMPDIR/bin/man"
	chmod +x "$BATS_TEST_TMPDIR/bin/man"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run script -qec 'net-show --help=man' /dev/null
	[[ $output == "man -l - got"*"net-show"* ]]
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run net-show --help=man
	[[ $output == *'.Dt NET-SHOW 1'* ]]
	# no man(1): as in a pipe
	rm "$BATS_TEST_TMPDIR/bin/man"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/man"
	chmod +x "$BATS_TEST_TMPDIR/bin/man"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run script -qec 'net-show --help=man' /dev/null
	[[ $output == *'.Dt NET-SHOW 1'* ]]
}

@test "every program has help, exit statuses, a version and a completion" {
	for p in src/*.c; do
		[ -e "$p" ] || skip "no programs"
		p=$(basename "$p" .c)
		"$p" --help | grep -q "^usage: $p "
		"$p" --help=exit | grep -q '^  75  stopped'
		[[ "$("$p" --version)" == "$p (nnutils) "[0-9]* ]]
		"$p" --completion=bash >"$BATS_TEST_TMPDIR/c"
		bash -c ". '$BATS_TEST_TMPDIR/c' && complete -p '$p'"
		for shell in zsh fish; do
			"$p" --completion=$shell >"$BATS_TEST_TMPDIR/c"
			grep -q -- "$p" "$BATS_TEST_TMPDIR/c"
			if command -v $shell >/dev/null; then
				$shell -n "$BATS_TEST_TMPDIR/c"
			fi
		done
	done
}

@test "every program refuses an unknown option with status 2" {
	for p in src/*.c; do
		[ -e "$p" ] || skip "no programs"
		p=$(basename "$p" .c)
		run "$p" --no-such-option
		[ "$status" -eq 2 ]
		[[ "$output" == "$p: unknown option --no-such-option"* ]]
	done
}

@test "every program calls a full disk a failure" {
	[ -e /dev/full ] || skip "no /dev/full"
	for p in src/*.c; do
		[ -e "$p" ] || skip "no programs"
		p=$(basename "$p" .c)
		run bash -c "'$p' --help >/dev/full"
		[ "$status" -eq 5 ]
		[[ "$output" == *"No space left on device"* ]]
	done
}

@test "no page gives a default that is none, or a sentence without a verb" {
	! grep -nE 'default: (nan|man)|^Do not ' man/*.1 || false
}
