#!/usr/bin/env bats
# Nets as Caffe's zoo has them: a train_val with sources of its own, for training on
# a data set and for use.

load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
	train_val >"$D/train_val.prototxt"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# With a classifier beside the net's own, as GoogLeNet has them.
train_val() {
	cat <<-'E'
	name: "zoo"
	layer { name: "data" type: "ImageData" top: "data" top: "label"
	  include { phase: TRAIN }
	  transform_param { mirror: true crop_size: 24 mean_value: 30 scale: 0.0078125 }
	  image_data_param { source: "nowhere/train.txt" batch_size: 9 new_height: 28 new_width: 28 } }
	layer { name: "data" type: "ImageData" top: "data" top: "label"
	  include { phase: TEST }
	  transform_param { crop_size: 24 mean_value: 30 scale: 0.0078125 }
	  image_data_param { source: "nowhere/val.txt" batch_size: 3 } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 4 kernel_size: 5 stride: 2
	    weight_filler { type: "xavier" } } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	layer { name: "aside" type: "InnerProduct" bottom: "conv" top: "aside"
	  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
	layer { name: "aside/loss" type: "SoftmaxWithLoss" bottom: "aside" bottom: "label"
	  top: "aside/loss" loss_weight: 0.3 }
	layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc"
	  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
	layer { name: "accuracy" type: "Accuracy" bottom: "fc" bottom: "label" top: "accuracy"
	  include { phase: TEST } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }
	E
}

@test "a train_val with sources is trained on a data set, and then used" {
	run model-train -d "$D/dset" -n "$D/train_val.prototxt" -e 2 --device cpu -o m
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"layer data: the data set takes the place of nowhere/train.txt (ImageData)"* ]]
	[[ "$output" == *"layer data: the data set takes the place of nowhere/val.txt (ImageData)"* ]]
	[ "$(grep -c 'type: "Data"' m/train_val.prototxt)" -eq 2 ]
	! grep -q 'nowhere\|image_data' m/train_val.prototxt || false
	grep -q 'batch_size: 9' m/train_val.prototxt
	grep -q 'mirror: true' m/train_val.prototxt
	# for use: no labels, no classifier aside, probabilities
	net-show --json m/deploy.prototxt >net
	! grep -q aside net || false
	! grep -q 'Accuracy\|Loss' net || false
	grep -q '"layer": "prob", "type": "Softmax", "bottoms": \["fc"\]' net
	grep -q '"name": "data", "shape": \[1, 1, 24, 24\]' net
	model-infer -m m --tsv "$D"/few/1/*.png >answers
	[ "$(wc -l <answers)" -eq 12 ]
}

@test "model-import makes deploy.prototxt of a train_val, and keeps its mean and scale" {
	model-train -q -d "$D/dset" -n "$D/train_val.prototxt" -e 1 --mean none \
	    --device cpu -o m
	weights=$(ls m/snapshot_iter_*.caffemodel)
	run model-import -v --weights "$weights" --net "$D/train_val.prototxt" \
	    --size 28x28 --gray -o got
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"deploy.prototxt is made of the net for training"* ]]
	cmp got/deploy.prototxt <(sed 's/^name: .*/name: "zoo"/' m/deploy.prototxt)
	grep -q '"input scale": 0.0078125' got/info.json
	tr -d ' \n' <got/info.json | grep -q '"meanpixel":\[30'
	model-infer -m got --tsv "$D/few/2/"*.png >a
	[ "$(wc -l <a)" -eq 12 ]
	# what is given counts for more than what the net says
	model-import --weights "$weights" --net "$D/train_val.prototxt" \
	    --size 28x28 --gray --mean 5 --scale 0.5 -o other
	grep -q '"input scale": 0.5' other/info.json
	tr -d ' \n' <other/info.json | grep -q '"meanpixel":\[5'
	# the first layer's weights tell that pictures are gray
	model-import --weights "$weights" --net "$D/train_val.prototxt" \
	    --size 28x28 -o told
	cmp told/deploy.prototxt got/deploy.prototxt
	# also behind layers that leave the channels as they are, as DIGITS's LeNet
	sed 's/"Convolution" bottom: "data"/"Convolution" bottom: "scaled"/
	/name: "conv"/i layer { name: "scaled" type: "Power" bottom: "data" top: "scaled" }' \
	    "$D/train_val.prototxt" >scaled.prototxt
	model-import --weights "$weights" --net scaled.prototxt --size 28x28 -o scaled
	net-show --json scaled/deploy.prototxt | grep -q '"name": "data", "shape": \[1, 1, 24, 24\]'
	# a folder of the two files is one such, too
	mkdir zoo
	cp "$D/train_val.prototxt" zoo/
	cp "$weights" zoo/w.caffemodel
	model-import --size 28x28 --gray zoo -o third
	cmp third/deploy.prototxt got/deploy.prototxt
}

@test "a train_val that says no size, and a mean that is not there" {
	sed 's/crop_size: 24//; s/mean_value: 30/mean_file: "nowhere\/mean.binaryproto"/' \
	    "$D/train_val.prototxt" >net
	model-train -q -d "$D/dset" -n net -e 1 --device cpu -o m
	weights=$(ls m/snapshot_iter_*.caffemodel)
	run model-import --weights "$weights" --net net --gray -o got
	[[ "$output" == *"with --size WxH it gets a deploy.prototxt"* ]]
	run model-import --weights "$weights" --net net --gray --size 28x28 -o with
	[ "$status" -eq 0 ]
	[[ "$output" == *"trained with the mean of nowhere/mean.binaryproto, which is not here: give it with --mean"* ]]
	model-import --weights "$weights" --net net --gray --size 28x28 \
	    --mean "$D/dset/mean.binaryproto" -o good
	model-infer -m good --tsv "$D/few/2/"*.png >a
	model-infer -m m --tsv "$D/few/2/"*.png >b
	cut -f 2- a >a2
	cut -f 2- b >b2
	[ "$(wc -l <a2)" -eq "$(wc -l <b2)" ]
}

@test "what is wrong with a train_val is said of what was given" {
	mkdir z
	cp "$D"/m/snapshot_iter_*.caffemodel z/
	sed 's/stride: 2/strode: 2/' "$D/train_val.prototxt" >z/train_val.prototxt
	run model-import z -o got/
	[ "$status" -eq 3 ]
	[[ "$output" == 'model-import: z: train_val.prototxt:'*'no field "strode"'* ]]
	{
		cat "$D/train_val.prototxt"
		seq 10000 | sed 's/.*/layer { name: "n&" type: "ReLU" bottom: "fc" top: "n&" }/'
	} >z/train_val.prototxt
	run model-import z -o got
	[ "$status" -eq 3 ]
	[[ "$output" == 'model-import: z: train_val.prototxt: 100'*' layers are more than 10000' ]]
	run model-import --net z/train_val.prototxt --weights z/*.caffemodel -o got
	[[ "$output" == 'model-import: z/train_val.prototxt: 100'*' layers are more than 10000' ]]
	[ ! -e got ]
}
