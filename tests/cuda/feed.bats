#!/usr/bin/env bats
# model-train fed with bytes (the CUDA backend, emulated): images held on the
# device or streamed, stopped and resumed.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in" "$D/few"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1 2; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 80 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --size 21x21 --encoding png -o "$D/png" "$D/few"
	dset-create -q --gray --size 21x21 --encoding none -o "$D/none" "$D/few"
	cat >"$D/net.prototxt" <<-'END'
	name: "tiny"
	layer { name: "train" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 7 } include { stage: "train" } }
	layer { name: "val" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 7 } include { stage: "val" } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 4 kernel_size: 5 stride: 3
	    weight_filler { type: "xavier" } } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip"
	  bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "accuracy" type: "Accuracy" bottom: "ip"
	  bottom: "label" top: "accuracy" include { stage: "val" } }
	layer { name: "softmax" type: "Softmax" bottom: "ip" top: "softmax"
	  include { stage: "deploy" } }
	END
}

# on DEVICE DSET OPTIONS…
on() {
	dev=$1 dset=$2
	shift 2
	NNUTILS_MODULES=$OBJ/emu model-train -d "$D/$dset" \
	    -n "$D/net.prototxt" --lr 0.0003 --lr-policy fixed --crop 17 \
	    --mirror --mean image --shuffle --device "$dev" "$@"
}

# The newest snapshot's bits.
sum() {
	cat "$(ls -t "$1"/snapshot_iter_*.caffemodel | head -n 1)" |
	    sha256sum
}

@test "held, streamed or as floats, the weights are the same bits" {
	for d in png none; do
		on cuda $d -v -e 2 -o "$D/held-$d" 2>"$D/err"
		cat "$D/err"
		grep -q 'layer train: 180 images held on the device' "$D/err"
		grep -q 'layer val: 60 images held on the device' "$D/err"
		grep -Eq 'waited for data for [0-9.]+ s, [0-9.]+ %' "$D/err"
		for way in streamed floats full; do
			[ $way != full ] || export NNUTILS_EMULATE_FULL=1
			NNUTILS_FEED=$way on cuda $d -v -e 2 \
			    -o "$D/$way-$d" 2>"$D/err"
			unset NNUTILS_EMULATE_FULL
			run grep held "$D/err"
			[ "$status" -eq 1 ]
			[ "$(sum "$D/held-$d")" = "$(sum "$D/$way-$d")" ]
		done
	done
	[ "$(sum "$D/held-png")" != "$(sum "$D/held-none")" ]
}

@test "stopped and resumed, too" {
	on cuda png -q -e 1 -o "$D/parts"
	on cuda png -q -e 2 --resume -o "$D/parts"
	[ "$(sum "$D/parts")" = "$(sum "$D/held-png")" ]
}

@test "losses are those of plain loops" {
	on ref png -q -e 2 --precision fp32 -o "$D/ref"
	on cuda png -q -e 2 --precision fp32 -o "$D/cuda"
	for m in ref cuda; do
		sed -n 's/.*"iter": \([0-9]*\).*"loss": \([0-9.e-]*\).*/\1 \2/p' \
		    "$D/$m/train.ndjson" >"$D/$m.loss"
	done
	[ "$(wc -l <"$D/ref.loss")" -ge 2 ]
	paste "$D/ref.loss" "$D/cuda.loss" | awk '
	    $1 != $3 || ($2 - $4) ^ 2 > 1e-7 * $2 ^ 2 { print; bad = 1 }
	    END { exit bad }'
}
