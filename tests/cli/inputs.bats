#!/usr/bin/env bats
# What a training reads is opened once: the tree of an LMDB is walked once for
# recipe, memory, batch probing, training and validation together, and not at all
# where no more than its header and first record are asked for.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 20 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
}

# Walks of each database that a command makes: "train N" and "val N".
walks() {
	"$@" -vv 2>&1 >/dev/null | tee "$BATS_TEST_TMPDIR/log" |
	    sed -n 's|.*/\([a-z]*\)_db/data.mdb: walked, .*|\1|p' |
	    sort | uniq -c | awk '{ print $2, $1 }'
}

once='train 1
val 1'

@test "a training walks each database once" {
	# 15 of validation: a batch of 10, and one of 5 that has a net of its own
	[ "$(walks model-train -d "$D/dset" -n lenet -b 10 -e 1 --device cpu -o "$D/m")" = "$once" ]
	grep -q 'memory: .* needed' "$BATS_TEST_TMPDIR/log"
}

@test "so it does with batch probing, class weights and frozen layers" {
	run walks model-train -d "$D/dset" -n lenet -b auto -e 1 --device cpu -o "$D/auto"
	[ "$output" = "$once" ]
	run walks model-train -d "$D/dset" -n lenet -b 10 -e 1 --device cpu \
	    --class-weights auto --freeze conv1 -o "$D/frozen"
	[ "$output" = "$once" ]
}

@test "so it does when resumed, and with a Caffe solver" {
	run walks model-train --resume -o "$D/m" -e 2 --device cpu
	[ "$output" = "$once" ]
	sed "s|^net: .*|net: \"$D/m/train_val.prototxt\"|" "$D/m/solver.prototxt" \
	    >"$D/solver.prototxt"
	run walks model-train --solver-file "$D/solver.prototxt" --device cpu -o "$D/s"
	[ "$output" = "$once" ]
}

@test "so do all trainings of a sweep together" {
	run walks model-train -d "$D/dset" -n lenet -b 10,15 --lr 0.01,0.001 -e 1 --device cpu -o "$D/sweep"
	[ "$output" = "$once" ]
	[ "$(ls -d "$D"/sweep/b*-lr* | wc -l)" -eq 4 ]
}

@test "a dry run walks none" {
	run walks model-train -d "$D/dset" -n lenet -b 10 -e 1 --dry-run -o "$D/dry"
	[ "$output" = "" ]
	run walks model-train -d "$D/dset" -n lenet -b auto -e 1 --dry-run -o "$D/dry"
	[ "$output" = "" ]
	run model-train -d "$D/dset" -n lenet -b 10 -e 1 --dry-run -o "$D/dry"
	[ "$status" -eq 0 ]
	[[ "$output" == *"test_iter: 2"* ]]
	[ ! -e "$D/dry" ]
}

# The kernel's word for it.
@test "a database file is opened once" {
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace"
	export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0"
	strace -f -qq -e trace=openat -o "$D/calls" model-train -q -d "$D/dset" \
	    -n lenet -b auto -e 1 --device cpu -o "$D/traced"
	[ "$(grep -c 'train_db/data.mdb' "$D/calls")" -eq 1 ]
	[ "$(grep -c 'val_db/data.mdb' "$D/calls")" -eq 1 ]
}

@test "damage is found before a folder is made" {
	cp -r "$D/dset" "$D/hurt"
	size=$(stat -c %s "$D/hurt/val_db/data.mdb")
	truncate -s $((size - 8192)) "$D/hurt/val_db/data.mdb"
	run model-train -q -d "$D/hurt" -n lenet -b 10 -e 1 --device cpu -o "$D/none"
	[ "$status" -ne 0 ]
	[[ "$output" == *"val_db/data.mdb"* ]]
	[ ! -e "$D/none" ]
}

@test "what was whitened in training is so in validation and in use" {
	run model-train -q -d "$D/dset" -n lenet -b 15 -e 60 --lr 0.03 --lr-policy fixed \
	    --whiten --mean none --device cpu --require 'loss<=1' -o "$D/white"
	echo "$output"
	[ "$status" -eq 0 ]
	accuracy=$(sed -n 's/.*accuracy \([0-9.]*\) .*/\1/p' <<<"$output" | tail -n 1)
	run model-infer -q --db "$D/dset/val_db" --model "$D/white" --device cpu
	top=$(sed -n 's/.*top-1 \([0-9.]*\)%.*/\1/p' <<<"$output")
	awk -v a="$accuracy" -v b="$top" 'BEGIN { d = 100 * a - b; exit !(d < 0.01 && d > -0.01) }'
}
