#!/usr/bin/env bats
# dset-create -t lmdb: data sets of databases that are there.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	for c in a b; do
		mkdir -p photos/$c
		for i in 1 2 3 4; do
			python3 -c "print('P2 3 2 255', *[$i * 20 + ord('$c')] * 6)" >photos/$c/$i.pgm
		done
	done
}

@test "classes in Datums: named, counted, trained; nothing is copied" {
	dset-create -q --gray --size 3x2 --no-shuffle -o made photos >/dev/null
	mkdir old
	mv made/train_db old/train
	mv made/val_db old/val
	dset-create -t lmdb --features-db old/train --val-features-db old/val/data.mdb \
	    --labels made/labels.txt --mean-file made/mean.binaryproto -o d >out
	grep -q '^a  *3  *1 ' out
	grep -q '^d: 6 train, 2 val (3x2 gray' out
	[ old/train/data.mdb -ef d/train_db/data.mdb ]
	cmp made/labels.txt d/labels.txt
	cmp made/mean.binaryproto d/mean.binaryproto
	dset-show d --verify | grep -q '8 records, 0 bad, 2 digests compared'
	# The same records, the same digest.
	digest() { python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["parts"]["train"]["digest"])' "$1"; }
	[ "$(digest made/dataset.json)" = "$(digest d/dataset.json)" ]
	# A second time, over it; the databases stay.
	dset-create -q -f -t lmdb --features-db old/train -o d >/dev/null
	[ ! -e d/val_db ] && [ -s old/val/data.mdb ]
	[ "$(cat d/dataset.json | grep -c '"0"\|"1"')" -eq 2 ]
	printf 'a\n' >few
	run -3 dset-create -t lmdb --features-db old/train --labels few -o e
	[[ "$output" = *"few names 1 classes, and records have 2"* ]]
	[ ! -e e ]
}

@test "labels in a database of their own: numbers, targets, masks" {
	printf 'photos/a/%d.pgm\t%d 5\n' 1 1 2 2 3 3 4 4 >list
	dset-create -q --list list --labels-from column --gray --size 3x2 --val 0 -o n
	dset-create -t lmdb --features-db n/train_db/features \
	    --labels-db n/train_db/labels -o d
	grep -q '"task": "regression"' d/dataset.json
	dset-show d --diff n
	dset-create -q -t image --gray --images photos/a --val 0 -o i
	dset-create -t lmdb --features-db i/train_db/features \
	    --labels-db i/train_db/labels -o e
	grep -q '"task": "image"' e/dataset.json
	dset-create -t lmdb --features-db i/train_db/features \
	    --labels-db i/train_db/labels --label-pictures mask -o f
	grep -q '"task": "segmentation"' f/dataset.json
	dset-show f --verify
	# Without labels, as autoencoders take them.
	dset-create -t lmdb --features-db i/train_db/features -o g
	! grep -q '"task"' g/dataset.json || false
}

@test "what does not belong together is refused, and nothing is left" {
	dset-create -q --gray --size 3x2 --val 0 -o made photos >/dev/null
	printf 'photos/a/%d.pgm\t%d\n' 1 1 2 2 >list
	dset-create -q --list list --labels-from column --gray --size 3x2 --val 0 -o n
	run -3 dset-create -t lmdb --features-db made/train_db --labels-db n/train_db/labels -o d
	[[ "$output" = *"8 features, but 2 labels"* ]]
	run -4 dset-create -t lmdb --features-db nowhere -o d
	run -4 dset-create -t lmdb --features-db photos -o d
	[[ "$output" = *"photos: no LMDB: there is no data.mdb"* ]]
	head -c 9000 made/train_db/data.mdb >cut.mdb
	run -3 dset-create -t lmdb --features-db cut.mdb -o d
	dset-create -q --gray -t image --images photos/a --val 0 -o x
	python3 -c "print('P2 5 5 255', *[1] * 25)" >photos/a/5.pgm
	dset-create -q --gray -t image --images photos/a --no-same-shape --val 0 -o y
	run -3 dset-create -t lmdb --features-db y/train_db/features -o d
	[[ "$output" = *"--no-same-shape takes them as they are"* ]]
	dset-create -q -t lmdb --no-same-shape --features-db y/train_db/features -o z
	dset-show z | grep -q '1x5x5'
	run -2 dset-create -t lmdb -o d
	run -2 dset-create -t lmdb --features-db made/train_db photos -o d
	run -2 dset-create -t lmdb --features-db n/train_db/features \
	    --labels-db n/train_db/labels --val-features-db n/train_db/features -o d
	[ ! -e d ]
}
