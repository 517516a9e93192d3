#!/usr/bin/env bats
# --rgb: nets that want R G B get it in import, training and inference.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared
}

# A picture of one colour.
dot() { # FILE R G B
	printf 'P6 4 4 255\n' >"$1"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		printf "$(printf '\\%03o\\%03o\\%03o' "$2" "$3" "$4")" >>"$1"
	done
}

net() {
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

# The first value of each channel that the net gets.
channels() { # MODEL PICTURE [OPTION...]
	m=$1 p=$2
	shift 2
	model-infer -q --device cpu -m "$m" --outputs data --tsv "$@" "$p" |
	    cut -f 4,20,36 | tr '\t' ' '
}

@test "training: planes and means in the net's order, in every place" {
	mkdir -p in/a in/b
	for i in 0 1 2 3 4 5 6 7; do
		dot in/a/$i.ppm $((200 + i)) 100 50
		dot in/b/$i.ppm $((10 + i)) 60 150
	done
	net
	dset-create -q --size 4x4 --encoding none -o d in >/dev/null
	train="model-train -q --device cpu -d d -n net.prototxt --lr 0.00001"
	$train -e 2 --mean none -o bgr >/dev/null
	$train -e 2 --mean none --rgb -o rgb >/dev/null
	[ "$(channels bgr in/a/0.ppm)" = "50 100 200" ]
	[ "$(channels rgb in/a/0.ppm)" = "200 100 50" ]
	[ "$(channels bgr in/a/0.ppm --rgb)" = "200 100 50" ]
	grep -q '"channel order": "RGB"' rgb/info.json
	! grep -q 'channel order' bgr/info.json || false
	for kind in image pixel; do
		$train -e 2 --mean $kind -o bgr-$kind >/dev/null
		$train -e 2 --mean $kind --rgb -o rgb-$kind >/dev/null
		channels bgr-$kind in/a/0.ppm >b
		channels rgb-$kind in/a/0.ppm >r
		[ "$(awk '{ print $3, $2, $1 }' b)" = "$(cat r)" ]
		# what was measured in training is what is seen later
		want=$(grep '"event": "val"' rgb-$kind/train.ndjson |
		    tail -n 1 | sed 's/.*"accuracy": \([0-9.e-]*\).*/\1/')
		model-infer -q --device cpu -m rgb-$kind --json --summary \
		    --db d/val_db | grep -q "\"top1\": $want"
	done
}

@test "--resume goes on in R G B" {
	mkdir -p in/a in/b
	for i in 0 1 2 3 4 5 6 7; do
		dot in/a/$i.ppm $((200 + i)) 100 50
		dot in/b/$i.ppm $((10 + i)) 60 150
	done
	net
	dset-create -q --size 4x4 --encoding none -o d in >/dev/null
	train="model-train -q --device cpu --lr 0.00001 --lr-policy fixed"
	$train -d d -n net.prototxt -e 4 --rgb -o whole >/dev/null
	$train -d d -n net.prototxt -e 2 --rgb -o part >/dev/null
	model-train -q --device cpu --resume -e 4 -o part >/dev/null
	cmp whole/snapshot_iter_12.caffemodel part/snapshot_iter_12.caffemodel
	$train -d d -n net.prototxt -e 4 -o other >/dev/null
	! cmp -s whole/snapshot_iter_12.caffemodel \
	    other/snapshot_iter_12.caffemodel || false
}

@test "HDF5 sets, whose planes are R G B, teach what pictures show" {
	mkdir -p in/a in/b
	for i in 0 1 2 3 4 5 6 7; do
		dot in/a/$i.ppm $((200 + i)) 100 50
		dot in/b/$i.ppm $((50 + i)) 100 200
	done
	net
	dset-create -q --backend hdf5 --size 4x4 -o d in >/dev/null
	for rgb in '' --rgb; do
		model-train -q --device cpu -d d -n net.prototxt -e 20 $rgb \
		    --lr 0.00001 -o m$rgb >/dev/null
		for c in a b; do
			[ "$(model-infer -q --device cpu -m m$rgb --tsv \
			    in/$c/0.ppm | cut -f 2)" = $c ]
		done
		model-infer -q --device cpu -m m$rgb --db d/val_db \
		    --require 'top1>=1' --summary
	done
}

@test "--rgb without effect, and weights of the other order, are said" {
	mkdir -p in/a in/b
	for i in 0 1 2 3; do
		dot in/a/$i.ppm $((200 + i)) 100 50
		dot in/b/$i.ppm $((50 + i)) 100 200
	done
	net
	dset-create -q --gray --size 4x4 -o gray in >/dev/null
	dset-create -q --size 4x4 -o d in >/dev/null
	train="model-train --device cpu -n net.prototxt -e 1 --lr 0.00001"
	run $train -d gray --rgb -o g
	[ "$status" -eq 0 ]
	[[ "$output" == *"--rgb has no effect: the pictures of "*" 1 channel"* ]]
	run model-infer --device cpu -m g --rgb in/a/0.ppm
	[[ "$output" == *"--rgb has no effect: the net takes 1 channel"* ]]
	$train -q -d d --rgb -o one >/dev/null
	run $train -d d -p one -o two
	[ "$status" -eq 0 ]
	[[ "$output" == *"one was trained on R G B pictures"*--rgb* ]]
	run $train -d d -p one --rgb -o three
	[[ "$output" != *"was trained on"* ]]
}

@test "Caffe's CIFAR model sees 15 points more in R G B" {
	zoo=$shared/data/models/cifar10_quick_bvlc2014
	tar=$shared/data/classification/cifar10_jpg/cifar10.tar.gz
	[ -d "$zoo" ] && [ -f "$tar" ] || skip "no shared data"
	tar xzf "$tar" --wildcards 'cifar10/test/*/000[0-2]*'
	classes="airplane automobile bird cat deer dog frog horse ship truck"
	i=0
	for c in $classes; do
		ls cifar10/test/"$c"/* | sed "s/\$/ $i/" >>list
		i=$((i + 1))
	done
	printf '%s\n' $classes >labels.txt
	import="model-import -q --net $zoo/cifar10_quick.prototxt
	    --weights $zoo/cifar10_quick_iter_5000.caffemodel
	    --labels labels.txt"
	$import --mean 113.9,123,125.3 -o bgr
	$import --mean 125.3,123,113.9 --rgb -o rgb
	for m in bgr rgb; do
		model-infer -q --device cpu -m $m --list list --summary |
		    sed 's/.*top-1 \([0-9.]*\)%.*/\1/' >$m.top1
	done
	cat list | wc -l
	cat bgr.top1 rgb.top1
	awk -v b="$(cat bgr.top1)" -v r="$(cat rgb.top1)" \
	    'BEGIN { exit !(r > 68 && r - b > 8) }'
}
