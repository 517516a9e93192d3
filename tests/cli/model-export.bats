#!/usr/bin/env bats
# model-export: the weights of a model for other programs.

load small

weights() { # FILE LAYER...
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" "$1" m "${@:2}"
}

arrays() { # FILE [NAME]
	python3 "$BATS_TEST_DIRNAME/safetensors.py" "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	small_two m
	weights m/m.caffemodel ip1:3x16,3 ip2:2x3,2
}

@test "safetensors by Caffe's names and by torch's" {
	run model-export m --safetensors a.safetensors
	[ "$status" -eq 0 ] && [ -z "$output" ]
	arrays a.safetensors | diff - <(printf '%s\n' 'format caffe' \
	    'ip1/0 F32 3 16' 'ip1/1 F32 3' 'ip2/0 F32 2 3' 'ip2/1 F32 2')
	model-export m --safetensors b.safetensors --names torch
	arrays b.safetensors | diff - <(printf '%s\n' 'format pt' \
	    'ip1.weight F32 3 16' 'ip1.bias F32 3' 'ip2.weight F32 2 3' 'ip2.bias F32 2')
	[ "$(arrays a.safetensors ip2/0)" = "$(arrays b.safetensors ip2.weight)" ]
	model-export m --safetensors - | cmp - a.safetensors
}

@test "a BatchNorm's sums become a mean and a variance" {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 2 dim: 4 dim: 4 } } }
	layer { name: "bn" type: "BatchNorm" bottom: "data" top: "data" }
	layer { name: "sc" type: "Scale" bottom: "data" top: "data"
	  scale_param { bias_term: true } }
	E
	rm m/labels.txt
	python3 - "$BATS_TEST_DIRNAME" <<-'P'
	import sys
	sys.path.insert(0, sys.argv[1])
	from caffemodel import blob, field
	def layer(name, *blobs):
	    return field(100, field(1, name) + b"".join(
	        field(7, blob([len(v)], v)) for v in blobs))
	open("m/m.caffemodel", "wb").write(
	    layer(b"bn", [2, 4], [6, 8], [2]) + layer(b"sc", [1, 3], [5, 7]))
	P
	model-export m --safetensors b.safetensors --names torch
	arrays b.safetensors | diff - <(printf '%s\n' 'format pt' \
	    'bn.running_mean F32 2' 'bn.running_var F32 2' 'bn.weight F32 2' 'bn.bias F32 2')
	[ "$(arrays b.safetensors bn.running_mean)" = "1 2" ]
	[ "$(arrays b.safetensors bn.running_var)" = "3 4" ]
	[ "$(arrays b.safetensors bn.bias)" = "5 7" ]
}

@test "what is wrong is said, and nothing is made" {
	run model-export m
	[ "$status" -eq 2 ]
	[[ $output == *"what is to be made?"* ]]
	weights m/m.caffemodel ip1:3x16,3
	run model-export m --safetensors a.safetensors
	[ "$status" -eq 3 ]
	[[ $output == *"has no weights for 1 of 2 layers: ip2"* ]]
	rm m/m.caffemodel
	run model-export m --safetensors a.safetensors
	[ "$status" -eq 4 ]
	[[ $output == *"has no weights"* ]]
	[ ! -e a.safetensors ]
}

@test "--caffe: net and weights in the words of BVLC's Caffe" {
	model-export m --caffe c --tsv >out
	[ "$(cut -f 2,3 out)" = "caffe	c" ]
	[ "$(ls c)" = "deploy.prototxt
info.json
labels.txt
model.caffemodel" ]
	model-infer -q -m m --device cpu x.pgm >a
	model-infer -q -m c --device cpu x.pgm | diff a -
	run model-export m --caffe c
	[ "$status" -eq 8 ]
	model-export -f m --caffe c
	sed -i 's/name: "prob" type: "Softmax"/name: "prob" type: "Mish"/' m/deploy.prototxt
	run model-export m --caffe d
	[ "$status" -eq 3 ]
	[[ $output == *'deploy.prototxt: layer "prob": BVLC'"'"'s Caffe has no layer Mish'* ]]
	[ ! -e d ]
}

@test "--caffe: what others added to a layer is named" {
	cat >>m/deploy.prototxt <<-E
	layer { name: "up" type: "Tile" bottom: "prob" top: "up"
	  tile_param { repeats: 1 repeats: 2 } }
	E
	rm m/labels.txt
	run model-export m --caffe d
	[ "$status" -eq 3 ]
	[[ $output == *'layer "up": BVLC'"'"'s Caffe does not know repeats of a layer Tile'* ]]
}

@test "--caffe: ReLU6 and HardSwish by others' means" {
	for how in 'top: "a"' 'top: "ip1"'; do
		cat >m/deploy.prototxt <<-E
		layer { name: "data" type: "Input" top: "data"
		  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
		layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1"
		  inner_product_param { num_output: 3 } }
		layer { name: "a" type: "HardSwish" bottom: "ip1" $how }
		layer { name: "b" type: "ReLU6" bottom: "${how:6:-1}" top: "b"
		  relu6_param { threshold: 20 } }
		layer { name: "ip2" type: "InnerProduct" bottom: "b" top: "ip2"
		  inner_product_param { num_output: 2 } }
		E
		rm -rf c
		model-export m --caffe c
		! grep -q 'HardSwish\|ReLU6\|relu6' c/deploy.prototxt || false
		model-infer -q -m m --device cpu --outputs b,ip2 --tsv x.pgm >a
		model-infer -q -m c --device cpu --outputs b,ip2 --tsv x.pgm | diff a -
	done
}
