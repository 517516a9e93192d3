#!/usr/bin/env bats
# examples/plugin-layer: built by its Makefile, trained, used.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	make -s -C examples/plugin-layer OUT="$D" "$D/blank_square.so" \
	    "$D/channel_gain.so"
	mkdir "$D/in" "$D/few"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 60 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 -o "$D/dset" "$D/few"
}

@test "a net with a layer of one's own is trained and names pictures" {
	model-train -q --layers "$D/blank_square.so" -d "$D/dset" -b 20 -e 3 \
		-n examples/plugin-layer/net.prototxt -o "$D/model" \
		--require 'accuracy>=0.8'
	# what was blanked in training is seen whole: deploy needs no plug-in
	picture=$(find "$D/few/1" -name '*.png' | head -n 1)
	run model-infer -m "$D/model" --tsv "$picture"
	[ "$status" -eq 0 ]
	[[ "$output" == *"	1"* ]]
	run model-train -d "$D/dset" -n examples/plugin-layer/net.prototxt \
		-e 1 -o "$D/none"
	[ "$status" -eq 3 ]
	[[ "$output" == *'layer "blank" (line '*'): there is no layer type "BlankSquare"'* ]]
}

# A net with a gain behind its first layer.
gain_net() {
	cat >"$1" <<-'NET'
	layer { name: "d" type: "Data" top: "data" top: "label"
	  include { stage: "train" } data_param { batch_size: 30 } }
	layer { name: "d" type: "Data" top: "data" top: "label"
	  include { stage: "val" } data_param { batch_size: 30 } }
	layer { name: "in" type: "Input" top: "data" include { stage: "deploy" }
	  input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 6 kernel_size: 5 stride: 3
	    bias_term: false weight_filler { type: "xavier" } } }
	layer { name: "gain" type: "ChannelGain" bottom: "conv" top: "gain" }
	layer { name: "relu" type: "ReLU" bottom: "gain" top: "gain" }
	layer { name: "ip" type: "InnerProduct" bottom: "gain" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label"
	  top: "loss" exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob"
	  include { stage: "deploy" } }
	NET
}

# shown MODEL LAYER: what model-show says of the layer's blob.
shown() {
	model-show --tsv "$1" | grep -P "\t$2(\t|#|\[|:|\.)"
}

@test "weights of a layer of one's own are kept, frozen, taken over, counted" {
	cd "$BATS_TEST_TMPDIR"
	gain_net net
	own="--layers $D/channel_gain.so"
	train="model-train -q $own -d $D/dset --device cpu --lr 0.001"
	$train -n net -b 30 -e 2 -o learned
	! shown learned gain | grep -q "	1	0	1	1	" || false
	$train -n net -b 30 -e 2 --freeze gain -o frozen
	shown frozen gain
	shown frozen gain | grep -q "	1	0	1	1	"
	# from a snapshot, and from a folder; held, it stays as it was
	$train -n net -b 30 -e 1 --freeze gain --freeze conv -p learned -o more
	[ "$(shown learned gain)" = "$(shown more gain)" ]
	[ "$(shown learned conv)" = "$(shown more conv)" ]
	[ "$(shown learned ip)" != "$(shown more ip)" ]
	net-show $own --json net --input 1x28x28 --classes 2 --phase train |
	    grep '"gain"' | grep -q '"params": 6'
	net-show $own --memory --json net --input 1x28x28 --classes 2 -b 30 >with
	sed '/"gain"/s/ChannelGain/Power/' net >plain
	net-show --memory --json plain --input 1x28x28 --classes 2 -b 30 >without
	! cmp -s with without || false
	# every program that judges a model
	model-pack -q learned -o learned.tar.gz
	model-import -q learned.tar.gz -o again
	[ "$(shown learned gain)" = "$(shown again gain)" ]
	picture=$(find "$D/few/1" -name '*.png' | head -n 1)
	model-infer $own -m again --tsv "$picture" | grep -q "	1"
	mkdir store
	cp -r learned store/a
	store-index -q store
	store-index --check store
}
