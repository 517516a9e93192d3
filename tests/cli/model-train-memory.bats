#!/usr/bin/env bats
# Trainings that this machine has no memory for; parts of a batch on the CPU.
# Devices of any size are emulated in tests/cuda/memory.bats.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1 2; do
		mkdir -p "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 64 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export TRAIN="model-train -d $D/dset -n lenet --device cpu"
}

@test "refused within a limit of the process, in a moment, with a batch that fits" {
	[ "${SAN:-0}" != 1 ] || skip "sanitizers reserve more than any limit"
	run bash -c "ulimit -v 800000; $TRAIN -b 100000 -o $D/no"
	echo "$output"
	[ "$status" -eq 7 ]
	[[ "$output" == *"batch 100000 needs "*" GiB, this machine has "* ]]
	[[ "$output" == *"MiB free: the largest batch that fits is "*"--batch-size auto"* ]]
	[ ! -e "$D/no" ]
	best=$(sed 's/.*use -b \([0-9]*\),.*/\1/' <<<"$output")
	[ "$best" -gt 100 ] && [ "$best" -lt 100000 ]
}

@test "a net beyond this machine: not even a batch of 1" {
	[ "${SAN:-0}" != 1 ] || skip "sanitizers reserve more than any limit"
	run bash -c "ulimit -v 400000; model-train -d $D/dset -n vgg16 --crop 28 -o $D/no"
	echo "$output"
	[ "$status" -eq 7 ]
	[[ "$output" == *"not even batch 1 fits"* ]]
}

@test "four batches of 16 added up train as one of 64" {
	$TRAIN -q -b 64 -e 3 -o "$D/whole"
	$TRAIN -q -b 16 --batch-accumulation 4 -e 3 -o "$D/parts"
	for m in whole parts; do
		grep '"event": "val"' "$D/$m/train.ndjson" |
		    sed 's/.*"loss": \([0-9.e-]*\).*/\1/' >"$D/$m.loss"
	done
	paste "$D/whole.loss" "$D/parts.loss" | awk '
	    { d = $1 - $2; if (d > 1e-5 * $1 || d < -1e-5 * $1) bad = 1 }
	    END { exit bad || NR != 4 }'
}

@test "auto where there is room is the net's own batch" {
	$TRAIN -q -b auto --dry-run -o "$D/x" >"$D/auto"
	$TRAIN -q --dry-run -o "$D/x" >"$D/own"
	cmp "$D/auto" "$D/own"
	run $TRAIN -b 16,auto --dry-run -o "$D/x"
	[ "$status" -eq 2 ]
	[[ "$output" == *"auto cannot be part of a list"* ]]
}
