#!/usr/bin/env bats
# model-train --solver-file: a Caffe solver as it is, all of it, and a model
# folder that answers as it validated.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in" "$D/few"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 3 5 8; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 60 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	net_of "mean_file: '$D/dset/mean.binaryproto' scale: 0.01 crop_size: 24" >"$D/net.prototxt"
	solver "$D/net.prototxt" >"$D/solver"
	export TRAIN="model-train --device cpu --solver-file"
}

data() {
	cat <<-END
	layer { name: "data" type: "Data" top: "data" top: "label"
	  include { phase: $1 } transform_param { $3 }
	  data_param { source: "$D/dset/$2_db" backend: LMDB batch_size: 15 } }
	END
}

body() {
	cat <<-END
	layer { name: "h" type: "InnerProduct" bottom: "data" top: "h"
	  inner_product_param { num_output: 24 weight_filler { type: "xavier" } } }
	layer { name: "r" type: "ReLU" bottom: "h" top: "h" }
	layer { name: "q" type: "InnerProduct" bottom: "h" top: "q"
	  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "q" bottom: "label" top: "loss" }
	layer { name: "accuracy" type: "Accuracy" bottom: "q" bottom: "label"
	  top: "accuracy" include { phase: TEST } }
	END
}

net_of() {
	data TRAIN train "$1"
	data TEST val "$1"
	body
}

# solver NET [MORE]: 135 pictures to learn, 45 to validate, 15 at a time.
solver() {
	printf 'net: "%s"\nbase_lr: 0.05\nmomentum: 0.9\nlr_policy: "fixed"\nmax_iter: 36\ntest_iter: 3\ntest_interval: 9\n%s\n' \
	    "$1" "${2-}"
}

# The accuracy that training measured last, and what model-infer measures.
validated() {
	grep '"event": "val"' "$1/train.ndjson" | tail -n 1 |
	    sed 's/.*"accuracy": \([0-9.]*\).*/\1/'
}

inferred() {
	model-infer -q -m "$1" --device cpu --json --summary --db "$D/dset/val_db" |
	    sed 's/.*"top1": \([0-9.e-]*\).*/\1/'
}

agree() {
	a=$(validated "$1") b=$(inferred "$1")
	echo "$1: $a in training, $b by model-infer"
	awk -v a="$a" -v b="$b" 'BEGIN { d = a - b; exit !(a > 0.4 && d < 1e-4 && d > -1e-4) }'
}

@test "a model folder answers as it validated: mean image, scale, crop, labels" {
	run $TRAIN "$D/solver" -q -o "$D/m"
	[ "$status" -eq 0 ]
	agree "$D/m"
	cmp "$D/m/mean.binaryproto" "$D/dset/mean.binaryproto"
	cmp "$D/m/labels.txt" "$D/dset/labels.txt"
	# pictures as files, from another folder, with the names of the classes
	cd "$D"
	run model-infer -q -m m --device cpu --json --top 1 few/8/*.png
	[ "$status" -eq 0 ]
	[ "$(grep -c '"8"' <<<"$output")" -gt 30 ]
}

@test "mean values; a test net of its own with another preparation" {
	net_of "mean_value: 40 scale: 0.02" >"$D/values.prototxt"
	solver "$D/values.prototxt" >"$D/values.solver"
	$TRAIN "$D/values.solver" -q -o "$D/values"
	agree "$D/values"
	{ data TRAIN train "mean_value: 30 scale: 0.01 mirror: false"; body; } >"$D/t.net"
	{ data TEST val "mean_file: '$D/dset/mean.binaryproto' scale: 0.01"; body; } >"$D/v.net"
	solver x "train_net: \"$D/t.net\" test_net: \"$D/v.net\"" | sed 1d >"$D/two.solver"
	$TRAIN "$D/two.solver" -q -o "$D/two"
	agree "$D/two"
}

@test "the net for use has the layers of the solver's stage, whatever use is called" {
	net_of "scale: 0.01" | sed '/"ReLU"/s/ }$/ include { stage: "x" } }/' >"$D/stage.net"
	solver "$D/stage.net" 'train_state { stage: "x" } test_state { stage: "x" }' >"$D/stage.solver"
	$TRAIN "$D/stage.solver" -q -o "$D/stage"
	net-show --tsv "$D/stage/deploy.prototxt" | grep ReLU
	agree "$D/stage"
}

@test "epochs are counted from the data" {
	$TRAIN "$D/solver" -q -o "$D/e" >"$D/e.out"
	grep -q 'epoch 4 .*iteration 36' "$D/e.out"
	grep -q '"iter": 9, .*"epoch": 1,' "$D/e/train.ndjson"
	run model-infer -q -m "$D/e" -e 4 --device cpu --summary --db "$D/dset/val_db"
	[ "$status" -eq 0 ]
	$TRAIN "$D/solver" -q --early-stop 1 -o "$D/stop" >"$D/stop.out"
	solver "$D/net.prototxt" 'iter_size: 3' >"$D/three"
	$TRAIN "$D/three" -q -o "$D/three.m" >"$D/three.out"
	grep -q 'epoch 12 ' "$D/three.out"
}

@test "weights: are where the training starts; -p and --snapshot take precedence" {
	$TRAIN "$D/solver" -q -o "$D/w"
	cp "$D/w/snapshot_iter_36.caffemodel" "$D/start.caffemodel"
	solver "$D/net.prototxt" 'base_lr: 0' | sed 2d >"$D/still"
	# named, beside the solver, several with commas between
	for w in 'weights: "start.caffemodel"' "weights: \"$D/start.caffemodel\"" \
	    'weights: "start.caffemodel, start.caffemodel" weights: "start.caffemodel"'; do
		{ cat "$D/still"; echo "$w"; } >"$D/ws"
		run $TRAIN "$D/ws" -f -o "$D/ws.m"
		[ "$status" -eq 0 ]
		[[ "$output" != *"without effect"* ]]
		[ "$(validated "$D/ws.m")" = "$(validated "$D/w")" ]
	done
	$TRAIN "$D/still" -q -o "$D/none"
	[ "$(validated "$D/none")" != "$(validated "$D/w")" ]
	{ cat "$D/still"; echo 'weights: "elsewhere.caffemodel"'; } >"$D/gone"
	run $TRAIN "$D/gone" -o "$D/gone.m"
	[ "$status" -eq 4 ]
	[ ! -e "$D/gone.m" ]
	run $TRAIN "$D/gone" -p "$D/start.caffemodel" -o "$D/before"
	[ "$status" -eq 0 ]
	[[ "$output" == *"fields that have no effect here: weights (-p and --snapshot take precedence)"* ]]
	[ "$(validated "$D/before")" = "$(validated "$D/w")" ]
	run $TRAIN "$D/gone" --snapshot "$D/w/snapshot_iter_36.solverstate" -o "$D/state"
	[ "$status" -eq 0 ]
	[[ "$output" == *"weights (-p and --snapshot take precedence)"* ]]
}

@test "fields without effect are named, once" {
	solver "$D/net.prototxt" 'snapshot_prefix: "x" solver_mode: GPU device_id: 1 gamma: 0.1 power: 1 stepsize: 3 stepvalue: 4 momentum2: 0.9 rms_decay: 0.9 delta: 1 debug_info: true average_loss: 2 min_lr: 0.1' >"$D/idle"
	run $TRAIN "$D/idle" --dry-run -o "$D/x"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'fields that have no effect here' <<<"$output")" -eq 1 ]
	line=$(grep 'fields that have no effect here' <<<"$output")
	for f in snapshot_prefix solver_mode device_id gamma power stepsize \
	    stepvalue momentum2 rms_decay delta debug_info average_loss min_lr; do
		[[ "$line" == *"$f ("* ]]
	done
	run $TRAIN "$D/solver" --dry-run -o "$D/x"
	[[ "$output" != *"without effect"* ]]
}

@test "test_initialization: false does not validate first" {
	solver "$D/net.prototxt" 'test_initialization: false' >"$D/late"
	$TRAIN "$D/late" -q -o "$D/late.m"
	grep '"event": "val"' "$D/late.m/train.ndjson" | head -n 1 | grep -q '"iter": 9,'
}

@test "options that the solver says itself are refused" {
	for o in '-e 2' '--lr 0.1' '-b 8' '--batch-accumulation 2' '--solver adam' \
	    '--lr-policy step' '--gamma 0.1' '--momentum 0.5' '--weight-decay 0' \
	    '--val-interval 1' '--snapshot-interval 1' '--mean none' '--crop 8' \
	    '--mirror' '--shuffle' "-d $D/dset" '-n lenet' '--clip-gradients 1'; do
		run $TRAIN "$D/solver" $o -o "$D/no"
		[ "$status" -eq 2 ]
		[[ "$output" == *"cannot be used with --solver-file"* ]]
		[ ! -e "$D/no" ]
	done
}

@test "--warmup in epochs of the data" {
	$TRAIN "$D/solver" -q --warmup 2 -o "$D/warm"
	grep -q '"warmup": 18' "$D/warm/info.json"
}

@test "--resume goes on with the solver's random_seed" {
	net_of "scale: 0.01" |
	    sed 's/^layer { name: "q"/layer { name: "d" type: "Dropout" bottom: "h" top: "h" }\n&/' >"$D/drop.net"
	solver "$D/drop.net" 'random_seed: 42 snapshot: 18' >"$D/drop"
	$TRAIN "$D/drop" -q --keep 0 -o "$D/whole"
	grep -q '"seed": 42,' "$D/whole/info.json"
	cp -r "$D/whole" "$D/half"
	rm "$D/half"/snapshot_iter_36.*
	run model-train --device cpu -q --json --resume -o "$D/half"
	[ "$status" -eq 0 ]
	[[ "$output" == *'"seconds": '*'"seed": 42,'* ]]
	cmp "$D/whole/snapshot_iter_36.caffemodel" "$D/half/snapshot_iter_36.caffemodel"
}
