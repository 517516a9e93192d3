#!/usr/bin/env bats
# model-train: what it says of itself and keeps when it is resumed, stopped or
# fails.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 30 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export MODEL_TRAIN="model-train -q -d $D/dset -n lenet -b 15 --device cpu"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

vals() {
	grep '"event": "val"' "$1/train.ndjson" | sed 's/.*"iter": \([0-9]*\),.*/\1/'
}

@test "--resume repeats no validation, and --keep keeps the best" {
	$MODEL_TRAIN -e 2 --keep 2 -o m
	# a snapshot that validated well, two that did not
	cp m/snapshot_iter_8.caffemodel m/snapshot_iter_1.caffemodel
	sed -i '1i {"event": "val", "iter": 1, "epoch": 0.1, "outputs": {"accuracy": 2, "loss": 0}}' \
	    m/train.ndjson
	for e in 3 4 5; do
		model-train -q --device cpu --resume -e $e --keep 2 -o m
	done
	[ -e m/snapshot_iter_1.caffemodel ]
	[ "$(ls m/*.caffemodel | wc -l)" -le 3 ]
	vals m | sort -n | uniq -d >twice
	[ ! -s twice ]
	[ "$(vals m | tail -n 1)" = 20 ]
}

@test "--keep counts only validations that have a snapshot" {
	$MODEL_TRAIN -e 3 --keep 1 -o m
	sed -i '1i {"event": "val", "iter": 1, "epoch": 0.1, "outputs": {"accuracy": 2, "loss": 0}}' \
	    m/train.ndjson
	best=$(model-show --best --tsv m | cut -f1)
	model-train -q --device cpu --resume -e 4 --keep 1 --lr 0 -o m || true
	[ -e m/snapshot_iter_"$best".caffemodel ] ||
	    [ "$(model-show --best --tsv m | cut -f1)" = 16 ]
}
