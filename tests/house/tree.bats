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

@test "every program has help, exit statuses, a version and a completion" {
	for p in src/*.c; do
		[ -e "$p" ] || skip "no programs"
		p=$(basename "$p" .c)
		"$p" --help | grep -q "^usage: $p "
		"$p" --help=exit | grep -q '^  75  stopped'
		[[ "$("$p" --version)" == "$p (nnutils) "[0-9]* ]]
		"$p" --completion=bash >"$BATS_TEST_TMPDIR/c"
		bash -c ". '$BATS_TEST_TMPDIR/c' && complete -p '$p'"
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
