#!/usr/bin/env bats
# Transfer learning: the recipe of examples/finetune, and what -p takes.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	make -s -C examples/finetune OUT="$D/ft" EPOCHS=2 >"$D/out" 2>&1
}

weights() {
	model-show "$1" --json >/dev/null
	ls "$1"/snapshot_iter_*.caffemodel | sort -V | tail -n 1
}

@test "the recipe: old digits teach new ones" {
	grep -q 'layer ip2 was trained for other classes' "$D/out"
	[ "$(grep -c 'top-1' "$D/out")" -eq 2 ]
	tuned=$(sed -n 's/^tuned .*top-1 \([0-9.]*\)%.*/\1/p' "$D/out")
	awk -v t="$tuned" 'BEGIN { exit !(t > 50) }'
	grep -q 'ip2_retrain' "$D/ft/tuned/deploy.prototxt"
	! grep -q 'ip2_retrain' "$D/ft/old-lenet/deploy.prototxt" || false
}

@test "frozen layers keep every bit, others do not" {
	grep -A 30 'name: "conv1"' "$D/ft/tuned/train_val.prototxt" |
	    grep -q 'lr_mult: 0'
	# what conv2 computes is the same in both models, what ip1 does is not
	pic=$(ls "$D"/ft/new/test/5/*.png | head -n 1)
	# the means of the two data sets differ, so both get the same tensor
	model-infer -q -m "$D/ft/old-lenet" --device cpu --npy "$D/x.npy" \
	    --outputs data "$pic" >/dev/null
	for m in old-lenet tuned; do
		model-infer -q -m "$D/ft/$m" --device cpu --input "data=$D/x.npy" \
		    --npy "$D/$m.npy" --outputs conv2,ip1 -f >/dev/null
	done
	cmp "$D/old-lenet.conv2.npy" "$D/tuned.conv2.npy"
	! cmp -s "$D/old-lenet.ip1.npy" "$D/tuned.ip1.npy" || false
}

@test "-p takes a folder, a tarball and weights, and several" {
	w=$(weights "$D/ft/old-lenet")
	train="model-train -q -d $D/ft/new-digits -b 10 -e 1 --device cpu"
	$train -p "$D/ft/old-lenet" -o "$D/folder" >/dev/null
	$train -p "$D/ft/old.tar.gz" -o "$D/tarball" >/dev/null
	cmp "$(weights "$D/folder")" "$(weights "$D/tarball")"
	# bare weights name no classes; the last layer fits, so it is kept
	run $train -n lenet -p "$w" -o "$D/bare"
	[ "$status" -eq 0 ]
	! grep -q retrain "$D/bare/deploy.prototxt" || false
	run $train -n lenet -p "$w" -p "$D/folder" -o "$D/both"
	[ "$status" -eq 0 ]
	run $train -p "$w" -o "$D/no-net"
	[ "$status" -eq 2 ]
	run $train -n lenet -p "$D/nothing" -o "$D/none"
	[ "$status" -eq 4 ]
}

@test "a shape that does not fit is said, with both shapes" {
	sed 's/num_output: 500/num_output: 400/' \
	    "$D/ft/old-lenet/original.prototxt" >"$D/narrow.prototxt"
	run model-train -q -d "$D/ft/new-digits" -n "$D/narrow.prototxt" \
	    -p "$D/ft/old-lenet" -e 1 --device cpu -o "$D/narrow"
	[ "$status" -eq 3 ]
	[[ "$output" == *ip1*500*400* ]]
}

@test "--freeze works on bias-free convolutions, and is kept for --resume" {
	cat >"$BATS_TEST_TMPDIR/free.prototxt" <<-END
	layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 10 } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 4 kernel_size: 5 stride: 2 bias_term: false
	    weight_filler { type: "xavier" } } }
	layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"
	  exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" include { stage: "deploy" } }
	END
	train="model-train -q -d $D/ft/new-digits -n $BATS_TEST_TMPDIR/free.prototxt --mean none -b 10 --device cpu"
	run $train -e 1 --freeze conv -o "$D/free"
	[ "$status" -eq 0 ]
	grep -A 8 'name: "conv"' "$D/free/train_val.prototxt" | grep -q 'lr_mult: 0'
	model-show --json "$D/free" | grep -o '{[^{}]*"conv"[^}]*}' >"$D/conv.1"
	run model-train -q --resume -e 2 --device cpu -o "$D/free"
	[ "$status" -eq 0 ]
	model-show --json "$D/free" | grep -o '{[^{}]*"conv"[^}]*}' >"$D/conv.2"
	cmp "$D/conv.1" "$D/conv.2"
	for net in squeezenet resnet18 mobilenet; do
		run $train -e 1 -n $net --crop 28 --freeze 'conv*' --dry-run -o "$D/x"
		[[ "$output" != *"param stands"* ]]
	done
	run $train -e 1 --freeze 'ip*' --freeze 'relu*' -o "$D/x"
	[ "$status" -eq 2 ]
	[[ "$output" == *"--freeze relu*: no layer with weights"* ]]
}
