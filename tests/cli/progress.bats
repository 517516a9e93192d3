#!/usr/bin/env bats
# The progress line as a terminal shows it, at widths people have.

bats_require_minimum_version 1.5.0
load small.bash

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR"
	find few -name '*.png' >list
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# at WIDTHS COMMAND...: on a terminal, results aside; $output as terminal.py says
at() {
	local widths=$1
	shift
	run python3 "$BATS_TEST_DIRNAME/terminal.py" "$widths" sh -c \
	    'exec "$@" >out' sh "$@"
}

@test "a training fits its terminal, and keeps a line for each epoch" {
	for w in 60 80 140; do
		at $w model-train --progress -f -d dset -n lenet -b 3 -e 40 --lr 1e-3 --device cpu \
		    -o "$BATS_TEST_TMPDIR/$w"
		[ "$status" -eq 0 ] || { echo "$output"; false; }
		[ "$(grep -c '^kept epoch [0-9]*/40  ' <<<"$output")" -eq 41 ]
		grep -qE '^row train  loss [0-9.]+ .*ETA' <<<"$output"
		grep -qE '^kept epoch 3/40  train loss [0-9.]+  val accuracy [01]\.[0-9]+' \
		    <<<"$output"
		[[ $output == *$'\nend ' || $output == *$'\nend' ]]
	done
	# wide ones say more
	grep -qE '^row train .*\[#+\.*\]  [0-9]+/[0-9]+ .* img/s' <<<"$output"
}

@test "validations have a total, sweeps say which run" {
	at 80 model-train -f -d dset -n lenet -b 3 -e 1 --lr 0.001,0.002 \
	    --device cpu -o sweep
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	grep -q '^kept 1/2 lr0\.001  epoch 1/1  train loss ' <<<"$output"
	grep -q '^kept 2/2 lr0\.002  epoch 1/1  train loss ' <<<"$output"
	run --separate-stderr model-train -f -d dset -n lenet -b 3 -e 1 \
	    --progress=json --lr 0.001,0.002 --device cpu -o sweep
	grep -q '{"progress": "val", "run": "2/2 lr0.002", "done": 9, "total": 9, ' \
	    <<<"$stderr"
}

@test "a terminal that is resized is still fitted" {
	at 140,60,80,60,140 model-train -f -d dset -n lenet -b 3 -e 99 --lr 1e-3 \
	    --device cpu -o "$BATS_TEST_TMPDIR/m"
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "lists have totals, also while they are read" {
	for i in $(seq 60); do cat list; done >long
	at 80 model-infer -m m --device cpu --list long
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	if grep -q '^row' <<<"$output"; then
		grep -qE '^row infer  .*[0-9]+/2160 ' <<<"$output"
	fi
	run --separate-stderr model-infer --progress=json -m m --device cpu \
	    --list list
	[[ $stderr == *'"progress": "infer", "done": 36, "total": 36, '* ]]
}

@test "nothing is drawn where stderr is no terminal, lines where it is asked for" {
	run --separate-stderr model-train -d dset -n lenet -b 3 -e 40 --lr 1e-3 \
	    --device cpu -o "$BATS_TEST_TMPDIR/m"
	[ "$status" -eq 0 ] || { echo "$stderr"; false; }
	[ -z "$stderr" ]
	run --separate-stderr model-train --progress=json -d dset -n lenet -b 3 \
	    -e 40 --lr 1e-3 --device cpu -o "$BATS_TEST_TMPDIR/n"
	[[ $stderr == *'{"progress": "train", "done": '*', "total": 1080, "unit": "img", '* ]]
	[[ $stderr != *$'\r'* ]]
	run -0 python3 -c 'import json, sys
for line in sys.argv[1].splitlines(): json.loads(line)' "$stderr"
}
