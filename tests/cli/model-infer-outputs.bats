#!/usr/bin/env bats
# What model-infer says of outputs: classes where there are probabilities, values
# as they are elsewhere; accuracy on the output that the net scores.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net ''
	printf 'cat\ndog\nbird\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel two \
	    ip:3x16,3 conv:2x1x2x2,2
	printf 'P5 4 4 255\n0123456789abcdef' >x.pgm
	printf 'P5 4 4 255\nfedcba9876543210' >y.pgm
}

# The net: what is in front of its layers, and what behind.
net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	$1
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 2 kernel_size: 2 } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 3 } }
	$2
	E
}

prob='layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'

infer() {
	run model-infer --device cpu -m m "$@"
	echo "$status: $output"
}

@test "probabilities are classes, other outputs are values with a shape and a hint" {
	net '' "$prob"
	infer x.pgm
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" == *bird*%* ]]
	net '' ''
	infer x.pgm
	[ "$status" -eq 0 ]
	[[ "$output" == *"ip (3) holds no probabilities"*--npy* ]]
	[[ "$output" == *"x.pgm  ip  3  "* ]]
	[[ "$output" != *%* ]]
	[[ "$output" != *bird* ]]
	infer --json x.pgm
	[[ "$output" == *'"blob": "ip", "shape": [3], "values": ['*'"whole": true'* ]]
	[[ "$output" != *predictions* ]]
}

@test "a map is no list of classes, not even one of probabilities" {
	net '' 'layer { name: "p" type: "Softmax" bottom: "conv" top: "p" }'
	infer --tsv x.pgm
	[ "$status" -eq 0 ]
	[[ "$output" == *"p (2x3x3) holds no probabilities of classes"* ]]
	printf 'x.pgm 1\n' >list
	infer --list list --require 'top1>=0'
	[ "$status" -eq 2 ]
	[[ "$output" == *"--require counts classes"*"p (2x3x3)"* ]]
}

@test "the scored output is the softmax, not the last one" {
	net '' "$prob
	layer { name: 'last' type: 'Power' bottom: 'conv' top: 'last' }"
	infer x.pgm
	[ "$status" -eq 0 ]
	[[ "$output" == *%* ]]
}

@test "accuracy is of the scored output, whatever --outputs names" {
	net '' "$prob"
	printf 'x.pgm 0\ny.pgm 1\n' >list
	model-infer -q --device cpu -m m --summary --list list >want
	for blob in conv data ip prob; do
		model-infer -q --device cpu -m m --summary --list list \
		    --outputs $blob --npy $blob.npy >got
		cmp want got
		[ -s $blob.npy ]
	done
	infer --outputs conv,prob x.pgm
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ "${lines[1]}" == "x.pgm  conv  2x3x3"*"..." ]]
	[[ "${lines[2]}" == "x.pgm  prob  "*% ]]
	infer --outputs conv,nothing x.pgm --list list
	[ "$status" -eq 2 ]
	infer --outputs nothing x.pgm
	[ "$status" -eq 4 ]
}

@test "--top above the number of classes, top-5 of few, labels that do not fit" {
	net '' "$prob"
	infer --top 4 x.pgm
	[ "$status" -eq 0 ]
	[[ "$output" == *"--top 4: the net has 3 classes"* ]]
	printf 'x.pgm 0\n' >list
	infer --list list
	[[ "$output" == *"top-5 says nothing"* ]]
	printf 'cat\ndog\n' >m/labels.txt
	infer x.pgm
	[ "$status" -eq 0 ]
	[[ "$output" == *"labels.txt has 2 lines, the net has 3 outputs (prob)"* ]]
	printf 'a\nb\nc\nd\n' >m/labels.txt
	infer x.pgm
	[[ "$output" == *"labels.txt has 4 lines, the net has 3 outputs (prob)"* ]]
}

@test "a first layer that works in place on the input" {
	net '' "$prob"
	model-infer -q --device cpu -m m --tsv x.pgm y.pgm >want
	net 'layer { name: "same" type: "Power" bottom: "data" top: "data" }
	layer { name: "too" type: "ReLU" bottom: "data" top: "data" }' "$prob"
	model-infer -q --device cpu -m m --tsv x.pgm y.pgm | cmp - want
}

@test "--input writes inputs, not weights" {
	net '' "$prob"
	infer --outputs ip --npy i.npy x.pgm
	[ "$status" -eq 0 ]
	infer --input ip/0=i.npy
	[ "$status" -eq 2 ]
	[[ "$output" == *'no input "ip/0"'* ]]
}

@test "outputs and classes as HDF5, for a net that learns from them" {
	net '' "$prob"
	printf 'x.pgm 1\ny.pgm 0\nx.pgm 2\ny.pgm 1\n' >list
	infer -q --list list --summary --outputs ip,conv --npy f.npy
	[ "$status" -eq 0 ]
	infer -q --list list --summary --outputs ip,conv --npy f.h5
	[ "$status" -eq 0 ]
	[ ! -e f.h5.ip.npy ]
	# the same numbers, and the classes
	python3 - <<-'E2'
	import struct
	h = open('f.h5', 'rb').read()
	assert h[1:4] == b'HDF'
	for name in ('ip', 'conv'):
	    assert open('f.%s.npy' % name, 'rb').read()[128:] in h, name
	assert struct.pack('<4f', 1, 0, 2, 1) in h
	E2
	mkdir set
	cp f.h5 set
	echo f.h5 >set/list.txt
	cat >t.prototxt <<-'E2'
	layer { name: "d" type: "HDF5Data" top: "ip" top: "conv" top: "label"
	  hdf5_data_param { source: "set/list.txt" batch_size: 2 } }
	layer { name: "s" type: "Silence" bottom: "conv" }
	layer { name: "o" type: "InnerProduct" bottom: "ip" top: "o"
	  inner_product_param { num_output: 3 } }
	layer { name: "l" type: "SoftmaxWithLoss" bottom: "o" bottom: "label" top: "loss" }
	E2
	printf 'net: "t.prototxt"\nbase_lr: 0.01\nmax_iter: 4\nlr_policy: "fixed"\n' >s.prototxt
	model-train -q --device cpu --solver-file s.prototxt -o learnt
	infer -q --list list --summary --outputs ip --npy f.h5
	[ "$status" -eq 8 ]
	# classes that nobody knows are not there
	infer -q --summary --outputs ip --npy g.h5 x.pgm
	[ "$status" -eq 0 ]
	! grep -q label g.h5 || false
}

@test "a map of neighbours: the same twice, and not without --map" {
	net '' "$prob"
	for i in 1 2 3 4 5; do printf 'x.pgm 1\ny.pgm 2\n'; done >list
	infer -q --list list --summary --map a.svg --map-method tsne -j 1
	[ "$status" -eq 0 ]
	infer -q --list list --summary --map b.svg --map-method tsne -j 3
	cmp a.svg b.svg
	infer -q --list list --summary --map c.svg
	! cmp -s a.svg c.svg || false
	infer --list list --summary --map-method tsne
	[[ "$output" == *'--map-method has no effect: it needs --map'* ]]
	infer -q --list list --summary --map d.svg --map-method umap
	[ "$status" -eq 2 ]
	yes 'x.pgm 1' | head -n 5001 >many
	infer -q --list many --summary --map d.svg --map-method tsne
	[ "$status" -eq 3 ]
	[[ "$output" == *'takes 5000 at most'* ]]
	[ ! -e d.svg ]
}
