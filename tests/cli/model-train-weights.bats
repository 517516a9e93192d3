#!/usr/bin/env bats
# -p says which layers it filled; weights of another net are refused.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir -p in/a in/b
	for i in 0 1 2 3 4 5 6 7; do
		printf 'P5 4 4 255\n01%d3456789abcdef' $i >in/a/$i.pgm
		printf 'P5 4 4 255\nzy%dxwvutsrqponml' $i >in/b/$i.pgm
	done
	dset-create -q --gray --size 4x4 --encoding none -o d in >/dev/null
	cat >net.prototxt <<-E
	layer { name: "data" type: "Data" top: "data" top: "label"
	  include { stage: "train" } data_param { batch_size: 4 } }
	layer { name: "data" type: "Data" top: "data" top: "label"
	  include { stage: "val" } data_param { batch_size: 4 } }
	layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
	  inner_product_param { num_output: 3
	    weight_filler { type: "xavier" } } }
	layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
	  inner_product_param { num_output: 2
	    weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2"
	  bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "ip2" top: "prob"
	  include { stage: "deploy" } }
	E
}

train() {
	run model-train --device cpu -d d -n net.prototxt -e 1 -o m "$@"
	echo "$status: $output"
}

weights() {
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" w.caffemodel two "$@"
}

@test "always a line: how many layers, and which are untrained" {
	weights ip1:3x16,3
	train -p w.caffemodel
	[ "$status" -eq 0 ]
	[[ "$output" == *"1 of 2 layers from w.caffemodel, 1 untrained: ip2"* ]]
	rm -r m
	weights ip1:3x16,3 other:3x3,3
	train -p w.caffemodel
	[ "$status" -eq 0 ]
	[[ "$output" == *"1 of 2 layers from w.caffemodel, 1 untrained"* ]]
}

@test "another net's weights, NaN and pages are refused" {
	weights a:3x16,3
	train -p w.caffemodel
	[ "$status" -eq 3 ]
	[[ "$output" == *"is another net's"* ]]
	weights ip1:3x16,3=nan
	train -p w.caffemodel -f
	[ "$status" -eq 3 ]
	[[ "$output" == *"is NaN"* ]]
	echo '<html>' >w.caffemodel
	train -p w.caffemodel -f
	[ "$status" -eq 3 ]
	[[ "$output" == *"is an HTML page"* ]]
}

@test "--resume wants all layers of the snapshot" {
	train
	[ "$status" -eq 0 ]
	for f in m/*.caffemodel; do
		python3 "$BATS_TEST_DIRNAME/caffemodel.py" "$f" two ip1:3x16,3
	done
	train --resume -e 2
	[ "$status" -eq 3 ]
	[[ "$output" == *"no weights for 1 of 2 layers: ip2"* ]]
}

@test "labels.txt with fewer lines than outputs is said" {
	sed 's/num_output: 2/num_output: 4/' net.prototxt >four.prototxt
	run model-train --device cpu -d d -n four.prototxt -e 1 -o m
	[ "$status" -eq 0 ]
	[[ "$output" == *"labels.txt has 2 lines, the net has 4 outputs (prob)"* ]]
	train -f
	[ "$status" -eq 0 ]
	[[ "$output" != *"labels.txt has"* ]]
}

@test "a first layer in place on the pictures: training, validation, answers" {
	sed '/name: "ip1"/i layer { name: "less" type: "Power" bottom: "data" \
	  top: "data" power_param { scale: 0.01 } }' net.prototxt >n &&
	    mv n net.prototxt
	train --require 'loss<=100'
	[ "$status" -eq 0 ]
	model-infer -q --device cpu -m m --tsv in/a/0.pgm in/b/0.pgm
}

@test "weights in HDF5 are judged alike" {
	cat >solver.prototxt <<-E
	net: "tv.prototxt"
	max_iter: 2
	base_lr: 0.01
	lr_policy: "fixed"
	snapshot_format: HDF5
	snapshot_prefix: "s"
	E
	cat >tv.prototxt <<-E
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { source: "$PWD/d/train_db" batch_size: 4 backend: LMDB } }
	layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
	  inner_product_param { num_output: 3 } }
	layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
	  inner_product_param { num_output: 2 } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2"
	  bottom: "label" top: "loss" }
	E
	run model-train --device cpu --solver-file solver.prototxt -o h
	echo "$output"
	[ "$status" -eq 0 ]
	h=$(ls h/*.caffemodel.h5)
	head -c 3000 "$h" >cut.h5
	train -p "$h" -f
	[ "$status" -eq 0 ]
	[[ "$output" == *"2 of 2 layers from "* ]]
	train -p cut.h5 -f
	[ "$status" -eq 3 ]
	[[ "$output" == *"cut.h5: is cut short at byte 3000"* ]]
	sed 's/"ip1"/"jp1"/g;s/"ip2"/"jp2"/g' net.prototxt >other.prototxt
	run model-train --device cpu -d d -n other.prototxt -e 1 -p "$h" -o o
	[ "$status" -eq 3 ]
	[[ "$output" == *"is another net's"* ]]
	[ ! -e o ]
}

@test "weights of other programs: safetensors and what torch.save wrote" {
	weights ip1:3x16,3 ip2:2x3,2
	train -p w.caffemodel -o m
	mkdir two && cp m/deploy.prototxt w.caffemodel two/
	for names in caffe torch; do
		model-export two --safetensors $names.safetensors --names $names
		train -p $names.safetensors -o $names
		[[ $output == *"2 of 2 layers from $names.safetensors"* ]]
		cmp m/snapshot_iter_3.caffemodel $names/snapshot_iter_3.caffemodel
	done
	python3 - "$BATS_TEST_DIRNAME" <<-'P'
	import sys
	sys.path.insert(0, sys.argv[1] + "/../golden/tensors")
	from make import Storage, T, save, state
	save("t.pth", {"epoch": 1, "model": state(
	    ("module.ip1.weight", T(Storage("Float", [1] * 48), (3, 16))),
	    ("module.ip1.bias", T(Storage("Float", [0] * 3), (3,))),
	    ("module.head.weight", T(Storage("Float", [0] * 9), (9,))))})
	P
	train -p t.pth -o t
	[ "$status" -eq 0 ]
	[[ $output == *"t.pth: of no layer of the net is 1 of its arrays: module.head.weight"* ]]
	[[ $output == *'t.pth: of it, "model" is taken'* ]]
	[[ $output == *"1 of 2 layers from t.pth, 1 untrained: ip2"* ]]
	train -p "$BATS_TEST_DIRNAME/../golden/tensors/executes.pth" -o e
	[ "$status" -eq 3 ]
	[[ $output == *"executes.pth: pickle: byte 22: it names posix.system, which"* ]]
	[ ! -e executed ]
}
