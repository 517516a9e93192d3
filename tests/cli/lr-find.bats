#!/usr/bin/env bats
# model-train --lr-find: the learning-rate range test.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	. tests/cli/small.bash
	small_make "$D"
}

setup() {
	mkdir "$BATS_TEST_TMPDIR/w"
	cd "$BATS_TEST_TMPDIR/w" || exit
}

find=(model-train -q -d "$BATS_FILE_TMPDIR/dset" -n lenet -b 9 --device cpu -j 1 --lr-iterations 60)

@test "two rates, a curve, and nothing else" {
	"${find[@]}" --lr-find lr.png >out
	[ "$(ls)" = "$(printf 'lr.png\nout')" ]
	[ "$(od -An -tx1 -N8 lr.png)" = ' 89 50 4e 47 0d 0a 1a 0a' ]
	[ "$(wc -l <out)" -eq 2 ]
	[[ $(head -n 1 out) == *'where the loss falls most steeply' ]]
	[[ $(tail -n 1 out) == *'a tenth of the rate of the least loss' ]]
	"${find[@]}" --lr-find - >again
	cmp out again
	"${find[@]}" --lr-find lr.svg >again
	cmp out again
	grep -q '<svg' lr.svg
}

@test "the series rises geometrically, its judgement follows from it, by seed" {
	"${find[@]}" --lr-find a.tsv --json >a.json
	"${find[@]}" --lr-find a.ndjson --tsv >b.tsv
	cmp a.tsv b.tsv
	cmp <(head -n -1 a.json) a.ndjson
	"${find[@]}" --lr-find b.ndjson --seed 1 >/dev/null
	! cmp -s a.ndjson b.ndjson || false
	python3 - <<-'E'
	import json, math
	lines = [json.loads(l) for l in open("a.json")]
	points, end = lines[:-1], lines[-1]
	assert [p["iteration"] for p in points] == list(range(len(points)))
	assert len(points) == 60 or end["diverged"]
	m = 0
	for i, p in enumerate(points):
	    want = 1e-7 * 1e8 ** (i / 59)
	    assert abs(p["lr"] / want - 1) < 1e-9, p
	    m = 0.9 * m + 0.1 * p["loss"]
	    assert abs(p["smoothed_loss"] - m / (1 - 0.9 ** (i + 1))) < 1e-6, p
	least = min(points, key=lambda p: p["smoothed_loss"])
	assert end["least_lr"] == least["lr"]
	assert math.isclose(end["tenth_lr"], least["lr"] / 10)
	assert points[0]["lr"] < end["steepest_lr"] < least["lr"]
	assert end["seed"] == 0
	E
}

@test "it ends where the loss runs away, and says where it never fell" {
	"${find[@]}" --lr-range 1e-3,1e6 --lr-find r.ndjson --json | tail -n 1 >end
	grep -q '"diverged": true' end
	[ "$(wc -l <r.ndjson)" -lt 60 ]
	run -1 --separate-stderr "${find[@]}" --lr-range 1e5,1e6 --lr-find up.ndjson
	[[ "$stderr" == *'the loss never fell'* ]]
	[ -s up.ndjson ]
	model-train -d "$D/dset" -n lenet -b 9 --device cpu -j 1 --lr-iterations 10 \
	    --lr-range 1e-4,1e-3 --lr-find - 2>&1 >/dev/null | grep -q 'did not run away up to 0.001'
}

@test "a Caffe solver's training, too, and one of two batches for an update" {
	model-train -q -d "$D/dset" -n lenet -b 9 -e 1 --batch-accumulation 2 --device cpu -o m >/dev/null
	model-train -q --solver-file m/solver.prototxt --dry-run --device cpu -o x >/dev/null 2>&1 || skip
	model-train -q --solver-file m/solver.prototxt --device cpu -j 1 --lr-find s.tsv
	[ "$(ls)" = "$(printf 'm\ns.tsv')" ]
	"${find[@]}" --batch-accumulation 2 --lr-find two.tsv >/dev/null
	[ "$(wc -l <two.tsv)" -gt 20 ]
}

@test "what is wrong is said, and nothing is made" {
	wrong() {
		local status_=$1 words=$2
		shift 2
		run -"$status_" "${find[@]}" "$@"
		[[ "$output" == *"$words"* ]]
		[ -z "$(ls)" ]
	}
	wrong 2 'does not end in .png' --lr-find lr.jpg
	wrong 4 'no/lr.png' --lr-find no/lr.png
	wrong 2 '--lr-range: 1e-3: two rates' --lr-range 1e-3 --lr-find lr.png
	wrong 2 'the first is not below' --lr-range 1,0.1 --lr-find lr.png
	wrong 2 '--lr-range' --lr-range 0,1 --lr-find lr.png
	wrong 2 '--lr-range' --lr-range a,b --lr-find lr.png
	wrong 2 '--lr-iterations' --lr-iterations 3 --lr-find lr.png
	wrong 2 'one batch size at a time' -b 9,12 --lr-find lr.png
	wrong 2 'cannot be used with --lr-find' --sweep solver=sgd,adam --lr-find lr.png
	wrong 2 'cannot be used with --resume' --resume --lr-find lr.png
	wrong 4 'nonet' -n nonet --lr-find lr.png
	echo mine >"$BATS_TEST_TMPDIR/mine.tsv"
	wrong 8 'mine.tsv exists' --lr-find "$BATS_TEST_TMPDIR/mine.tsv"
	[ "$(cat "$BATS_TEST_TMPDIR/mine.tsv")" = mine ]
	run model-train -d "$D/dset" -n lenet -b 9 --device cpu -j 1 --lr-iterations 10 --lr 0.1 -o m --lr-find -
	[[ "$output" == *'--output has no effect beside --lr-find'* ]]
	[[ "$output" == *'--lr has no effect beside --lr-find'* ]]
	[ -z "$(ls)" ]
	run -5 bash -c '"$@" >/dev/full' - "${find[@]}" --lr-find -
}
