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

@test "best.caffemodel leads to the best snapshot, through --keep and --resume" {
	model-train -q -d dset -n lenet -b 9 -e 4 --keep 1 -o keep >/dev/null
	[ -L keep/best.caffemodel ]
	best=$(model-show --best --tsv keep | cut -f 3)
	[ "$(readlink keep/best.caffemodel)" = "$best" ]
	[ -s keep/best.caffemodel ]
	# a validation that is better, and one that is worse
	cp -r three more
	rm more/best.caffemodel
	sed -i 's/"accuracy": 0.9/"accuracy": 2.0/' more/train.ndjson
	model-train -q --resume -e 4 -o more >/dev/null
	[ "$(readlink more/best.caffemodel)" = snapshot_iter_6.caffemodel ]
	# whoever reads weights follows it
	model-train -q -d dset -n lenet -b 9 -e 1 -p keep/best.caffemodel -o fine >/dev/null
	model-import -q --weights more/best.caffemodel --net more/deploy.prototxt \
	    --labels more/labels.txt -o taken
	cmp taken/*.caffemodel more/snapshot_iter_6.caffemodel
}

@test "the link is no file of its own to those who count, copy, pack or replace" {
	[ -L three/best.caffemodel ]
	model-pack -q three -e best -o linked.tar
	! tar -tf linked.tar | grep best || false
	mkdir shelf && cp -r three shelf/
	run store-index shelf
	[ "$status" -eq 0 ]
	[[ "$output" != *"not a file"* ]]
	! grep best.caffemodel shelf/manifest.json || false
	size=$(job-list --json shelf/three)
	[[ "$size" == *'"bytes": '[0-9]* ]]
	rm shelf/three/best.caffemodel
	[ "$(job-list --json shelf/three)" = "$size" ]
	model-import -q three -o folder
	[ ! -e folder/best.caffemodel ]
	# an archive that somebody made of the folder
	tar -cf by-hand.tar three
	model-infer -q -m by-hand.tar "$one" >/dev/null
	model-import -q by-hand.tar -o by-hand
	[ ! -e by-hand/best.caffemodel ]
	rm -rf odd && cp -r three odd && ln -s /etc/passwd odd/other.caffemodel
	tar -cf odd.tar odd
	run model-import odd.tar -o odd-import
	[ "$status" -eq 8 ]
	cp -r three old
	model-train -q -d dset -n lenet -b 9 -e 1 -f -o old >/dev/null
	[ "$(readlink old/best.caffemodel)" = snapshot_iter_3.caffemodel ]
	# not what somebody put there
	cp -r three own && rm own/best.caffemodel && echo mine >own/best.caffemodel
	model-train -q --resume -e 4 -o own >/dev/null
	[ "$(cat own/best.caffemodel)" = mine ]
}

@test "HDF5 snapshots have a link, too; a training without validation has none" {
	mkdir h && cp three/solver.prototxt three/train_val.prototxt h/
	printf 'snapshot_format: HDF5\n' >>h/solver.prototxt
	sed -i "s,^net: .*,net: \"$PWD/h/train_val.prototxt\"," h/solver.prototxt
	model-train -q --solver-file h/solver.prototxt -o h5 >/dev/null
	[[ $(readlink h5/best.caffemodel.h5) == snapshot_iter_[0-9]*.caffemodel.h5 ]]
	[ -s h5/best.caffemodel.h5 ]
	dset-create -q --gray --size 28x28 --val 0 -o noval few >/dev/null
	model-train -q -d noval -n lenet -b 9 -e 1 -o blind >/dev/null
	[ -s blind/snapshot_iter_4.caffemodel ]
	[ ! -L blind/best.caffemodel ]
}
