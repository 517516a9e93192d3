#!/usr/bin/env bats
# -e best: the snapshot that validated best, as model/history.h judges.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR" || exit
	model-train -q -d dset -n lenet -b 9 -e 3 --keep 0 --device cpu -o three \
	    >/dev/null
	# As if the second epoch had been the best, by far.
	sed -i 's/"event": "val", "iter": \([39]\),\(.*\)"accuracy": [0-9.]*/"event": "val", "iter": \1,\2"accuracy": 0.1/
	    s/"event": "val", "iter": 6,\(.*\)"accuracy": [0-9.]*/"event": "val", "iter": 6,\1"accuracy": 0.9/' \
	    three/train.ndjson
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	export NNUTILS_DEVICE=cpu
	one="few/0/$(ls few/0 | head -n 1)"
}

@test "model-show, model-infer and model-pack take the best snapshot" {
	[[ $(model-show --best --tsv three) == 6*snapshot_iter_6.caffemodel* ]]
	[ "$(model-show -e best --json three)" = "$(model-show -e 2 --json three)" ]
	[ "$(model-show -e best --json three)" != "$(model-show --json three)" ]
	best=$(model-infer -q -m three -e best --tsv "$one")
	[ "$best" = "$(model-infer -q -m three -e 2 --tsv "$one")" ]
	[ "$best" != "$(model-infer -q -m three --tsv "$one")" ]
	model-pack -q three -e best -o best.tar
	tar -tf best.tar | grep -x snapshot_iter_6.caffemodel
	mkdir in && (cd in && model-pack -q ../three -e best && ls) |
	    grep 'epoch_2\.tar\.gz$'
	model-pack -q three -e -1 -o newest.tar
	tar -tf newest.tar | grep -x snapshot_iter_9.caffemodel
}

@test "-e best where nothing was validated, and what is no epoch" {
	cp -r three none
	grep -v '"val"' three/train.ndjson >none/train.ndjson
	cp -r three gone
	rm gone/snapshot_iter_6.*
	for cmd in model-show "model-infer -m"; do
		pic=
		[ "$cmd" = model-show ] || pic=$one
		run $cmd none -e best $pic
		[ "$status" -eq 4 ]
		[[ "$output" == *'none: no snapshot was validated'* ]]
		run $cmd three -e bets $pic
		[ "$status" -eq 2 ]
		[[ "$output" == *'-e bets: an epoch, best, or -1 for the newest'* ]]
	done
	run model-pack none -e best -o x.tar
	[ "$status" -eq 4 ] && [ ! -e x.tar ]
	run model-pack none -e 1e10 -o x.tar
	[ "$status" -eq 2 ] && [ ! -e x.tar ]
	# the best of those that are there
	run model-pack -q gone -e best -o gone.tar
	[ "$status" -eq 0 ]
	tar -tf gone.tar | grep -x snapshot_iter_3.caffemodel
}
