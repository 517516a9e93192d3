#!/usr/bin/env bats
# Means, deviations and scales that are given: in training, in its folder and
# archive, and in use.

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit
	mkdir -p in/a in/b
	for i in 0 1 2 3 4 5 6 7; do
		dot in/a/$i.ppm $((200 + i)) 100 50
		dot in/b/$i.ppm $((10 + i)) 60 150
	done
	dset-create -q --size 4x4 --encoding none -o d in >/dev/null
	cat >net.prototxt <<-E
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 4 } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2
	    weight_filler { type: "xavier" } } }
	layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label"
	  top: "accuracy" include { stage: "val" } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip"
	  bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob"
	  include { stage: "deploy" } }
	E
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	D=$BATS_FILE_TMPDIR
	train="model-train -q --device cpu -d $D/d -n $D/net.prototxt --lr 0.001"
}

# A picture of one colour.
dot() { # FILE R G B
	printf 'P6 4 4 255\n' >"$1"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		printf "$(printf '\\%03o\\%03o\\%03o' "$2" "$3" "$4")" >>"$1"
	done
}

# The first value of each channel that the net gets of a picture of 200 100 50.
channels() { # MODEL
	model-infer -q --device cpu -m "$1" --outputs data --tsv "$D/in/a/0.ppm" |
	    cut -f 4,20,36 | tr '\t' ' '
}

# What was measured in training is what is seen later.
same_accuracy() { # MODEL
	want=$(grep '"event": "val"' "$1/train.ndjson" | tail -n 1 |
	    sed 's/.*"accuracy": \([0-9.e-]*\).*/\1/')
	model-infer -q --device cpu -m "$1" --json --summary --db "$D/d/val_db" |
	    grep -q "\"top1\": $want"
}

@test "--mean R,G,B and --std R,G,B, in the order of the net" {
	$train -e 2 --mean 100,50,20 --std 50,25,10 -o bgr >/dev/null
	$train -e 2 --mean 100,50,20 --std 50,25,10 --rgb -o rgb >/dev/null
	[ "$(channels bgr)" = "3 2 2" ]
	[ "$(channels rgb)" = "2 2 3" ]
	same_accuracy bgr
	same_accuracy rgb
	tr -d ' \n' <bgr/info.json >info
	grep -q '"inputstd":\[10,25,50\]' info
	grep -q '"meanpixel":\[20,50,100\]' info
	grep -q '"meansubtraction":"pixel"' info
	[ ! -e bgr/mean.binaryproto ]
	# Caffe knows means and scales; deviations are fields of ours
	grep -q 'mean_value: 20' bgr/train_val.prototxt
	[ "$(grep -c '^      std: ' bgr/train_val.prototxt)" -eq 6 ]
	! grep -q 'scale:' bgr/train_val.prototxt || false
	# an archive carries it, and a model that is gone on with keeps it
	model-pack bgr -o bgr.tar.gz
	[ "$(channels bgr.tar.gz)" = "3 2 2" ]
	$train -e 4 --lr-policy fixed --mean 100,50,20 --std 50,25,10 -o whole >/dev/null
	$train -e 2 --lr-policy fixed --mean 100,50,20 --std 50,25,10 -o part >/dev/null
	model-train -q --device cpu -e 4 --resume -o part >/dev/null
	last=$(ls -t whole/snapshot_iter_*.caffemodel | sort -V | tail -n 1)
	cmp "$last" "part/${last##*/}"
}

@test "one number for all channels, and equal deviations, are a scale that Caffe knows" {
	$train -e 2 --mean 100 --std 50 -o one >/dev/null
	$train -e 2 --mean 100,100,100 --std 50,50,50 -o three >/dev/null
	$train -e 2 --mean 100 --input-scale 0.02 -o scale >/dev/null
	for m in one three scale; do
		[ "$(channels $m)" = "-1 0 2" ]
		grep -q 'scale: 0.02' $m/train_val.prototxt
		grep -q '"input scale": 0.02' $m/info.json
		! grep -q '"input std"' $m/info.json || false
		same_accuracy $m
	done
}

@test "what cannot be is named" {
	for o in '--mean 1,2' '--mean foo' '--std 0' '--std 1,2,3,4' '--mean 1,,2' \
	    '--std -1,2,3' '--input-scale -1'; do
		run $train $o -o x
		[ "$status" -eq 2 ]
		[[ "$output" == *"${o%% *}"* ]]
		[ ! -e x ]
	done
	dset-create -q --size 4x4 --gray -o gray "$D/in" >/dev/null
	run model-train -q -d gray -n "$D/net.prototxt" --mean 1,2,3 -o x
	[ "$status" -eq 2 ]
	[[ "$output" == *"--mean: 3 numbers for pictures of 1 channel"* ]]
}

@test "model-import --std: as the net wants them" {
	$train -e 1 --mean none -o m >/dev/null
	model-import -q --weights m/snapshot_iter_3.caffemodel \
	    --net m/deploy.prototxt --mean 20,50,100 --scale 0.5 --std 5,2,1 -o got
	[ "$(channels got)" = "3 12.5 50" ]
	run model-import --weights m/snapshot_iter_3.caffemodel \
	    --net m/deploy.prototxt --std 1,0,1 -o no
	[ "$status" -eq 2 ]
	[[ "$output" == *"--std 1,0,1: deviations are greater than 0"* ]]
	[ ! -e no ]
	# what is given counts for more than a train_val
	model-import -q --weights m/snapshot_iter_3.caffemodel \
	    --net m/train_val.prototxt --size 4x4 --mean 10 --scale 0.1 -o over
	[ "$(channels over)" = "4 9 19" ]
	sed 's/"input std": \[/&0.0,/; s/\(5\|2\),$/\1,/' got/info.json >info
	cp info got/info.json
	run model-infer -q -m got "$D/in/a/0.ppm"
	[ "$status" -eq 3 ]
	[[ "$output" == *"input std"* ]]
}

@test "model-import --mean FILE counts for more than an archive and a train_val" {
	printf '\223NUMPY\1\0\73\0%-58s\n' \
	    "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}" >mean.npy
	printf '\12\24\36' >>mean.npy
	$train -e 1 --mean 1,2,3 -o pixel >/dev/null
	$train -e 1 --mean none -o none >/dev/null
	model-import -q pixel --mean mean.npy -o got
	[ "$(channels got)" = "40 80 170" ]
	for m in pixel none; do
		model-import -q --weights $m/snapshot_iter_3.caffemodel --size 4x4 \
		    --net $m/train_val.prototxt --mean mean.npy -o of-$m
		[ "$(channels of-$m)" = "40 80 170" ]
	done
}

@test "what forks do with pictures, and we do not, is named once" {
	sed 's/data_param/transform_param { crop_h: 2 crop_w: 2 distort_param { } } &/' \
	    "$D/net.prototxt" >net.prototxt
	run model-train --device cpu -d "$D/d" -n net.prototxt -e 1 -o x
	[ "$status" -eq 0 ]
	[ "$(grep -c 'layer data: fields of transform_param that have no effect here: crop_h, crop_w, distort_param$' <<<"$output")" -eq 1 ]
	run $train -e 1 -o y
	[[ "$output" != *"no effect"* ]]
}

@test "--mean none leaves a network's own mean, and says so" {
	sed 's/data_param/transform_param { mean_value: 50 } &/' \
	    "$D/net.prototxt" >net.prototxt
	run model-train --device cpu -d "$D/d" -n net.prototxt -e 1 --mean none -o x
	[ "$status" -eq 0 ]
	[[ "$output" == *"layer data: with --mean none the network's own mean is still subtracted"* ]]
	[ "$(channels x)" = "0 50 150" ]
	run $train -e 1 --mean none -o y
	[[ "$output" != *"still subtracted"* ]]
}
