#!/usr/bin/env bats
# model-import --convolutionize: the same answers, and maps of larger pictures.

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit
	for c in dark light; do
		for i in 1 2 3 4; do
			picture "i/$c/$i.pgm" 8 8 $i $c
		done
	done
	dset-create -q -o d --gray --size 8x8 --val 25 i >/dev/null
	cat >net.prototxt <<-E
	layer { name: "small" type: "Power" bottom: "data" top: "small"
	  power_param { scale: 0.004 shift: -0.5 } }
	layer { name: "conv" type: "Convolution" bottom: "small" top: "conv"
	  convolution_param { num_output: 3 kernel_size: 3
	    weight_filler { type: "msra" } } }
	layer { name: "flat" type: "Flatten" bottom: "conv" top: "flat" }
	layer { name: "ip1" type: "InnerProduct" bottom: "flat" top: "ip1"
	  inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
	layer { name: "relu" type: "ReLU" bottom: "ip1" top: "ip1" }
	layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2"
	  inner_product_param { bias_term: false weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label"
	  top: "loss" exclude { stage: "deploy" } }
	layer { name: "prob" type: "Softmax" bottom: "ip2" top: "prob"
	  include { stage: "deploy" } }
	E
	model-train -q -d d -n net.prototxt -e 2 -b 2 --lr 0.0001 --mean none --device cpu -o m >/dev/null
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
}

# picture FILE W H SEED dark|light
picture() {
	mkdir -p "$(dirname "$1")"
	awk -v w="$2" -v h="$3" -v s="$4" -v up="$([ "$5" = light ] && echo 128)" 'BEGIN {
	    print "P2", w, h, 255
	    for (i = 0; i < w * h; i++) { s = (s * 75 + 74) % 65537; print s % 120 + up } }' >"$1"
}

@test "the same answers at the size of the net" {
	model-import m -o c --convolutionize
	grep -q 'name: "ip1"' c/deploy.prototxt
	! grep -q -e InnerProduct -e Flatten c/deploy.prototxt c/train_val.prototxt c/original.prototxt || false
	[ "$(grep -c 'kernel_h: 6' c/deploy.prototxt)" -eq 1 ]
	for model in m c; do
		model-infer -m $model -d d --npy $model.npy --device cpu >/dev/null
		tail -c 32 $model.npy | od -An -tf4 -v | xargs -n 1 printf '%.4f\n' >$model.txt
	done
	[ "$(wc -l <m.txt)" -eq 8 ]
	awk '$1 > 0.001 && $1 < 0.999 { some = 1 } END { exit !some }' m.txt
	diff m.txt c.txt
	model-show c | grep ip1 | grep -q '5x3x6x6\|5 3 6 6\|(5,3,6,6)'
}

@test "a map of a larger picture, each of its places as that part alone" {
	model-import m -o large --convolutionize
	picture big.pgm 12 10 7 light
	# its 8x8 from 2, 1 on
	awk 'NR == 1 { print "P2 8 8 255"; next }
	    { x = (NR - 2) % 12; y = int((NR - 2) / 12) }
	    x >= 2 && x < 10 && y >= 1 && y < 9' big.pgm >part.pgm
	model-infer -m large --no-resize --view raw --npy map.npy big.pgm --device cpu
	model-infer -m m --npy part.npy part.pgm --device cpu
	# (1,2,3,5): class 0 at row 1, column 2
	map=$(tail -c 120 map.npy | od -An -tf4 -v -w4 | sed -n 8p | xargs printf '%.4f')
	part=$(tail -c 8 part.npy | od -An -tf4 -v -w4 | sed -n 1p | xargs printf '%.4f')
	[ "$map" = "$part" ]
	[ "$map" != 0.0000 ] && [ "$map" != 1.0000 ]
	# and is another one elsewhere
	[ "$(tail -c 120 map.npy | od -An -tf4 -v -w4 | head -n 15 | sort -u | wc -l)" -eq 15 ]
}

@test "it is trained on, and what cannot be a convolution is refused" {
	model-import m -o again --convolutionize
	run model-train -d d -n again/original.prototxt -p again -e 1 -b 2 --mean none --device cpu -o more
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"3 of 3 layers from"* ]]
	run model-import again -o twice --convolutionize
	[ "$status" -eq 3 ] && [ ! -e twice ]
	[[ "$output" == *"there is no InnerProduct layer to make a convolution of"* ]]
	cp -r m t
	sed -i 's/inner_product_param {/inner_product_param { transpose: true/' t/deploy.prototxt
	run model-import t -o bad --convolutionize
	echo "$output"
	[ "$status" -eq 3 ] && [ ! -e bad ]
	[[ "$output" == *'layer "ip1" cannot be a convolution: its weights are transposed'* ]]
}
