# What the tests of --sweep train: source this.
#
#	make_inputs DSET NET   a data set of 24 pictures of 4x4, and a net of one layer

make_inputs() {
	local c i
	for c in 0 1 2; do
		mkdir -p "$BATS_FILE_TMPDIR/few/$c"
		for i in 1 2 3 4 5 6 7 8; do
			printf 'P5 4 4 255 %s' "$c$i$c$i$c$c$c$c$i$c$i$c$c$c$i$i" \
			    >"$BATS_FILE_TMPDIR/few/$c/$i.pgm"
		done
	done
	dset-create -q --gray --size 4x4 --encoding none -o "$1" "$BATS_FILE_TMPDIR/few" >/dev/null
	cat >"$2" <<-'E'
	name: "tiny"
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 6 } include { stage: "train" } }
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 6 } include { stage: "val" } }
	layer { name: "data" type: "Input" top: "data" include { stage: "deploy" }
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"
	  exclude { stage: "deploy" } }
	layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy"
	  include { stage: "val" } }
	layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" include { stage: "deploy" } }
	E
}
