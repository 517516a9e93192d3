#!/usr/bin/env bats
# examples/plugin-layer: built by its Makefile, trained, used.

@test "a net with a layer of one's own is trained and names pictures" {
	D=$BATS_TEST_TMPDIR
	make -s -C examples/plugin-layer OUT="$D" "$D/blank_square.so"
	mkdir "$D/in" "$D/few"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	for c in 0 1; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 60 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 -o "$D/dset" "$D/few"
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
	[[ "$output" == *'layer "blank": there is no layer type "BlankSquare"'* ]]
}
