#!/usr/bin/env bats
# model-train on the CUDA backend, emulated (lib/cuda/host): that it waits for the
# device seldom, stops where the CPU would, and resumes as if nothing had been.

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
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	cat >"$D/net.prototxt" <<-'END'
	name: "tiny"
	layer { name: "train" type: "Data" top: "data" top: "label"
	  transform_param { scale: 0.00390625 }
	  data_param { batch_size: 3 } include { stage: "train" } }
	layer { name: "val" type: "Data" top: "data" top: "label"
	  transform_param { scale: 0.00390625 }
	  data_param { batch_size: 3 } include { stage: "val" } }
	layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
	  pooling_param { pool: AVE kernel_size: 7 stride: 7 } }
	layer { name: "ip1" type: "InnerProduct" bottom: "pool" top: "ip1"
	  inner_product_param { num_output: 6
	    weight_filler { type: "xavier" } } }
	layer { name: "relu" type: "ReLU" bottom: "ip1" top: "ip1" }
	layer { name: "drop" type: "Dropout" bottom: "ip1" top: "ip1"
	  dropout_param { dropout_ratio: 0.2 } }
	layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2"
	  bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "accuracy" type: "Accuracy" bottom: "ip2"
	  bottom: "label" top: "accuracy" include { stage: "val" } }
	layer { name: "softmax" type: "Softmax" bottom: "ip2" top: "softmax"
	  include { stage: "deploy" } }
	END
	sed 's/top: "loss"/top: "loss" loss_weight: 30000/' "$D/net.prototxt" \
	    >"$D/loud.prototxt"
	sed '/ReLU/d' "$D/net.prototxt" >"$D/straight.prototxt"
}

on() {
	dev=$1
	shift
	NNUTILS_MODULES=$OBJ/emu model-train -d "$D/dset" -n "$D/net.prototxt" \
	    --lr 0.01 --lr-policy fixed --val-interval 0 --snapshot-interval 0 --device "$dev" "$@"
}

sum() {
	cat "$1"/snapshot_iter_"$2".* | sha256sum
}

@test "200 iterations wait fewer than 20 times" {
	on cuda -v -b 1 -e 1.2 -o "$D/waits" 2>"$D/err"
	cat "$D/err"
	said=$(sed -n 's/.*: \([0-9]*\) iterations, in which the device was waited for \([0-9]*\) times.*/\1 \2/p' "$D/err")
	[ "${said% *}" -ge 200 ]
	[ "${said#* }" -ge 1 ]
	[ "${said#* }" -lt 20 ]
}

@test "what is measured is the mean of all iterations, as on the CPU" {
	on cpu -q -e 3 --precision fp32 -o "$D/cpu"
	on cuda -q -e 3 --precision fp32 -o "$D/cuda"
	for m in cpu cuda; do
		grep '"event": "train"' "$D/$m/train.ndjson" |
		    sed 's/.*"iter": \([0-9]*\).*"loss": \([0-9.e-]*\).*/\1 \2/' \
		    >"$D/$m.loss"
	done
	[ "$(wc -l <"$D/cpu.loss")" -ge 2 ]
	paste "$D/cpu.loss" "$D/cuda.loss" | awk '
	    $1 != $3 || ($2 - $4) ^ 2 > 1e-8 { print; bad = 1 }
	    END { exit bad }'
}

# The CUDA backend hears of it iterations later, and goes back.
@test "a rate that is absurd ends at the same iteration and layer" {
	run on cpu -q -e 3 --lr 1e6 --precision fp32 \
	    -n "$D/straight.prototxt" -o "$D/nan"
	[ "$status" -ne 0 ]
	[[ "$output" == *"iteration "*"not finite"* ]]
	want=$(grep 'not finite' <<<"$output")
	rm -r "$D/nan"
	run on cuda -q -e 3 --lr 1e6 --precision fp32 \
	    -n "$D/straight.prototxt" -o "$D/nan"
	[ "$(grep 'not finite' <<<"$output")" = "$want" ]
	grep -q 'the loss is not a number' "$D/nan/train.ndjson"
}

@test "stopped and resumed, the weights are the same bits" {
	more='--batch-accumulation 2 --solver adam --ema 0.9'
	for p in tf32 fp16; do
		on cuda -q -e 4 --precision $p $more -o "$D/whole-$p"
		on cuda -q -e 2 --precision $p $more -o "$D/parts-$p"
		on cuda -q -e 4 --resume -o "$D/parts-$p"
		[ "$(sum "$D/whole-$p" 120)" = "$(sum "$D/parts-$p" 120)" ]
	done
}

@test "gradients too large for fp16 are met, counted, and resumed from" {
	loud="--precision fp16 --lr 1e-8 -n $D/loud.prototxt"
	on cuda -v $loud -e 1 -o "$D/loud" 2>"$D/err"
	cat "$D/err"
	grep -q 'updates left out because a gradient was not finite: [1-9]' "$D/err"
	grep -q '"event": "scale", "iter": 60,' "$D/loud/train.ndjson"
	on cuda -q -e 2 --resume -o "$D/loud"
	on cuda -q $loud -e 2 -o "$D/loud2"
	[ "$(sum "$D/loud" 120)" = "$(sum "$D/loud2" 120)" ]
	grep '"event": "scale", "iter": 120,' "$D/loud/train.ndjson" |
	    sed 's/"elapsed": [0-9.]*//' >"$D/a"
	grep '"event": "scale", "iter": 120,' "$D/loud2/train.ndjson" |
	    sed 's/"elapsed": [0-9.]*//' >"$D/b"
	cmp "$D/a" "$D/b"
}

@test "tf32 unless told otherwise, and then the same when resumed" {
	on cuda -q -e 1 -o "$D/plain"
	on cpu -q -e 1 -o "$D/host"
	grep -q '"precision": "tf32"' "$D/plain/info.json"
	grep -q '"precision": "fp32"' "$D/host/info.json"
	head -n 1 "$D/plain/train.log" | grep -q ', tf32: model-train'
	[ -z "$(grep -E ', (fp|tf)32: ' "$D/host/train.log")" ]
	on cuda -q -e 1 --precision fp32 -o "$D/told"
	grep -q '"precision": "fp32"' "$D/told/info.json"
	on cuda -q -e 2 --resume -o "$D/told"
	[ "$(grep -c ' start at' "$D/told/train.log")" -eq 2 ]
	[ -z "$(grep tf32 "$D/told/train.log")" ]
}
