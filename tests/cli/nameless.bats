#!/usr/bin/env bats
# Layers without a name, with the name of another, without a type: Caffe takes
# the first two.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in" "$D/few"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1 2; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 40 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	net-show --upgrade lenet >"$D/lenet.prototxt"
	export TRAIN="model-train -q --device cpu -d $D/dset -b 10 -e 1"
	net 'name: "a"' >"$D/named.prototxt"
}

# A small net; each $1 is what the layers without a number of their own are
# called.
net() {
	cat <<-END
	layer { $1 type: "Data" top: "data" top: "label"
	  transform_param { scale: 0.0125 } }
	layer { $1 type: "InnerProduct" bottom: "data" top: "h"
	  inner_product_param { num_output: 16
	    weight_filler { type: "xavier" } } }
	layer { $1 type: "ReLU" bottom: "h" top: "h" }
	layer { $1 type: "InnerProduct" bottom: "h" top: "q"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { $1 type: "SoftmaxWithLoss" bottom: "q" bottom: "label"
	  exclude { stage: "deploy" } }
	layer { $1 type: "SoftmaxWithLoss" bottom: "q" bottom: "label"
	  loss_weight: 0.5 exclude { stage: "deploy" } }
	layer { $1 type: "Accuracy" bottom: "q" bottom: "label"
	  top: "accuracy" include { stage: "val" } }
	layer { $1 type: "Softmax" bottom: "q" top: "prob"
	  include { stage: "deploy" } }
	END
}

# The validation's accuracy of a model, in percent of whole pictures.
validated() {
	grep '"event": "val"' "$1/train.ndjson" | tail -n 1 |
	    sed 's/.*"accuracy": \([0-9.e-]*\).*/\1/'
}

@test "a layer that says nothing is named, in every program" {
	printf 'layer { }\n' | cat "$D/lenet.prototxt" - >"$D/empty.prototxt"
	says='layer 1[0-9], without a name, after "[a-z]*" (line [0-9]*): it has no type'
	run $TRAIN -n "$D/empty.prototxt" -o "$D/m0"
	[ "$status" -eq 3 ]
	grep -q "$says" <<<"$output"
	[ ! -e "$D/m0" ]
	run $TRAIN -n "$D/empty.prototxt" -p "$D/none.caffemodel" -o "$D/m0"
	[ "$status" -ne 139 ] && [ "$status" -ne 0 ]
	run net-show --input 1x28x28 --classes 3 "$D/empty.prototxt"
	[ "$status" -eq 3 ]
	grep -q "$says" <<<"$output"
	run $TRAIN --dry-run -n "$D/empty.prototxt" -o "$D/m0"
	[ "$status" -eq 3 ]
}

@test "a layer without a type, or of one that there is not, at any stage" {
	for stage in train val deploy; do
		for type in '' 'type: "Relu"'; do
			printf 'layer { name: "x" %s bottom: "ip2" top: "x" include { stage: "%s" } }\n' \
			    "$type" $stage | cat "$D/lenet.prototxt" - >"$D/t.prototxt"
			run $TRAIN -n "$D/t.prototxt" -o "$D/m1"
			[ "$status" -eq 3 ]
			[[ "$output" == *'layer "x"'* ]]
			[ ! -e "$D/m1" ]
		done
	done
}

@test "a solver's net with an empty layer is told, not crashed on" {
	printf 'layer { }\n' | cat "$D/lenet.prototxt" - >"$D/s.net"
	printf 'net: "%s"\nbase_lr: 0.1\nlr_policy: "fixed"\nmax_iter: 2\n' \
	    "$D/s.net" >"$D/s.solver"
	run model-train -q --device cpu --solver-file "$D/s.solver" -o "$D/m2"
	[ "$status" -eq 3 ]
	[[ "$output" != *"egmentation"* ]]
}

@test "nets without names, and with one name for all, train as named ones do" {
	net '' >"$D/none.prototxt"
	net 'name: ""' >"$D/void.prototxt"
	for n in none void named; do
		run $TRAIN -n "$D/$n.prototxt" -o "$D/$n"
		[ "$status" -eq 0 ]
		validated "$D/$n" >"$D/$n.score"
	done
	cmp "$D/none.score" "$D/void.score"
}

@test "HDF5 snapshots, which are kept by name, are refused before the training" {
	cat >"$D/h5.net" <<-END
	layer { type: "Data" top: "data" top: "label"
	  data_param { source: "$D/dset/train_db" backend: LMDB batch_size: 5 } }
	layer { type: "InnerProduct" bottom: "data" top: "q"
	  inner_product_param { num_output: 3 } }
	layer { type: "SoftmaxWithLoss" bottom: "q" bottom: "label" }
	END
	printf 'net: "%s"\nbase_lr: 0.01\nlr_policy: "fixed"\nmax_iter: 2\nsnapshot_format: HDF5\n' \
	    "$D/h5.net" >"$D/h5.solver"
	run model-train -q --device cpu --solver-file "$D/h5.solver" -o "$D/h5"
	[ "$status" -eq 3 ]
	[[ "$output" == *"HDF5"*"has none"* ]]
	[ ! -e "$D/h5" ]
}

@test "two losses without tops are both measured" {
	$TRAIN -n "$D/named.prototxt" -o "$D/two"
	grep -q '"a": [0-9.]*, "a#2": [0-9.]*' "$D/two/train.ndjson"
	run net-show --json --phase train --input 1x28x28 --classes 3 "$D/named.prototxt"
	[ "$status" -eq 0 ]
	[[ "$output" == *'"name": "a#2"'* ]]
}

@test "snapshots of layers with one name, or none, are all read again" {
	net '' >"$D/none.prototxt"
	for n in named none; do
		train="model-train -q --device cpu -d $D/dset -b 10 --lr-policy fixed -n $D/$n.prototxt"
		$train -e 2 --keep 0 -o "$D/$n.whole"
		$train -e 1 --keep 0 -o "$D/$n.part"
		run model-train -q --device cpu -o "$D/$n.part" --resume -e 2
		[ "$status" -eq 0 ]
		cmp "$D/$n.whole/snapshot_iter_18.caffemodel" \
		    "$D/$n.part/snapshot_iter_18.caffemodel"
		a=$(validated "$D/$n.whole")
		b=$(model-infer -q -m "$D/$n.whole" --device cpu --json --summary \
		    --db "$D/dset/val_db" | sed 's/.*"top1": \([0-9.e-]*\).*/\1/')
		awk -v a="$a" -v b="$b" 'BEGIN { d = a - b; exit !(d < 1e-4 && d > -1e-4) }'
	done
}

@test "an output called Accuracy is the score" {
	net 'name: "a"' | sed 's/top: "accuracy"/top: "Accuracy"/' >"$D/Acc.prototxt"
	$TRAIN -n "$D/Acc.prototxt" -o "$D/Acc" --json >"$D/Acc.json"
	score=$(sed 's/.*"best_score": \([0-9.e-]*\).*/\1/' "$D/Acc.json")
	grep -q "\"Accuracy\": $score" "$D/Acc.json" ||
	    awk -v s="$score" 'BEGIN { exit !(s > 0) }'
}
