#!/usr/bin/env bats
# A device too small for the batch, emulated: the refusal that names the largest
# batch that fits, and --batch-size auto.

setup_file() {
	export D=$BATS_FILE_TMPDIR NNUTILS_MODULES=$OBJ/emu
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1; do
		mkdir -p "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 16 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	cat >"$D/wide.prototxt" <<-E
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 16 } }
	layer { name: "wide" type: "Convolution" bottom: "data" top: "wide"
	  convolution_param { num_output: 64 kernel_size: 1
	    weight_filler { type: "xavier" } } }
	layer { name: "pool" type: "Pooling" bottom: "wide" top: "pool"
	  pooling_param { pool: MAX kernel_size: 7 stride: 7 } }
	layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip"
	  bottom: "label" top: "loss" exclude { stage: "deploy" } }
	E
	export TRAIN="model-train -q -d $D/dset -n $D/wide.prototxt --device cuda"
}

# 256 MiB of it are left to CUDA's libraries before a batch is called fitting.

@test "a batch that cannot fit is refused before anything is made" {
	export NNUTILS_EMULATE_MIB=4
	run $TRAIN -e 1 -o "$D/no"
	echo "$output"
	[ "$status" -eq 7 ]
	[[ "$output" == *"batch 16 needs "*" MiB, the device has 4.0 MiB free"* ]]
	[ ! -e "$D/no" ]
}

@test "the batch it names fits, and one more does not" {
	export NNUTILS_EMULATE_MIB=300
	run $TRAIN -b 4096 -e 1 -o "$D/no"
	echo "$output"
	[ "$status" -eq 7 ]
	best=$(sed 's/.*use -b \([0-9]*\),.*/\1/' <<<"$output")
	[ "$best" -gt 10 ]
	# auto divides what does not fit, and only that
	sed "s/batch_size: 16/batch_size: $best/" "$D/wide.prototxt" >"$D/a.prototxt"
	sed "s/batch_size: 16/batch_size: $((best + 1))/" "$D/wide.prototxt" \
	    >"$D/b.prototxt"
	$TRAIN -n "$D/a.prototxt" -b auto --dry-run -o "$D/x" >"$D/a"
	! grep iter_size "$D/a" || false
	$TRAIN -n "$D/b.prototxt" -b auto --dry-run -o "$D/x" >"$D/b"
	grep -q 'iter_size: 2' "$D/b"
}

@test "auto: parts of the net's batch, kept for --resume; the same training" {
	unset NNUTILS_EMULATE_MIB
	$TRAIN -e 1 --no-shuffle -o "$D/whole"
	export NNUTILS_EMULATE_MIB=262
	run model-train -d "$D/dset" -n "$D/wide.prototxt" --device cuda \
	    -b auto -e 1 --no-shuffle -o "$D/auto"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"does not fit"*"batches of"*"make one update"* ]]
	times=$(sed -n 's/^iter_size: //p' "$D/auto/solver.prototxt")
	size=$(sed -n 's/.*batch_size: //p' "$D/auto/train_val.prototxt" | head -1)
	[ "$times" -gt 1 ]
	[ $((times * size)) -eq 16 ]
	python3 - "$D/auto/info.json" "$times" "$size" <<-E
	import json, sys
	b = json.load(open(sys.argv[1]))["batch"]
	assert b == {"size": int(sys.argv[3]), "accumulation": int(sys.argv[2]),
	    "effective": 16}, b
	E
	for m in whole auto; do
		grep '"event": "val"' "$D/$m/train.ndjson" |
		    sed 's/.*"loss": \([0-9.e-]*\).*/\1/' >"$D/$m.loss"
	done
	paste "$D/whole.loss" "$D/auto.loss" | awk '
	    { d = $1 - $2; if (d > 1e-5 * $1 || d < -1e-5 * $1) bad = 1 }
	    END { exit bad || NR != 2 }'
	unset NNUTILS_EMULATE_MIB
	model-train -q --resume -e 1 --device cuda -o "$D/auto"
	[ "$(sed -n 's/^iter_size: //p' "$D/auto/solver.prototxt")" -eq "$times" ]
}

@test "auto times --batch-accumulation, and not in a list" {
	export NNUTILS_EMULATE_MIB=262
	$TRAIN -b auto --batch-accumulation 3 --dry-run -o "$D/x" >"$D/three"
	n=$(sed -n 's/^iter_size: //p' "$D/three")
	[ "$n" -gt 3 ]
	[ $((n % 3)) -eq 0 ]
	run $TRAIN -b auto,32 -o "$D/x"
	[ "$status" -eq 2 ]
	[[ "$output" == *"auto cannot be part of a list"* ]]
}

@test "two devices: each holds its half, and the parts are of both together" {
	export NNUTILS_EMULATE_MIB=260
	$TRAIN -e 1 --no-shuffle -b auto --device cuda:0,1 --dry-run -o "$D/x" >"$D/two"
	$TRAIN -e 1 --no-shuffle -b auto --dry-run -o "$D/x" >"$D/one"
	two=$(sed -n 's/^iter_size: //p' "$D/two")
	one=$(sed -n 's/^iter_size: //p' "$D/one")
	[ "${two:-1}" -lt "$one" ]
	export NNUTILS_EMULATE_MIB=1
	run $TRAIN -e 1 --device cuda:0,1 -o "$D/no"
	echo "$output"
	[ "$status" -eq 7 ]
	[[ "$output" == *"not even batch 2 fits"* ]]
	[ ! -e "$D/no" ]
}
