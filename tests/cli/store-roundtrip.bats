#!/usr/bin/env bats
# A model's way round: trained, packed, unpacked into a store, indexed, signed,
# pulled over HTTP, imported; and everywhere the same answers.

load servers

setup() {
	tree=$PWD
	cd "$BATS_TEST_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache
}

teardown() {
	servers_stop
}

@test "pack, store, pull, import: identical answers" {
	mkdir in few
	tar -xf "$tree/examples/mnist/mnist.tar.gz" -C in
	src=$(find in -type d -name train | head -n 1)
	for c in 0 1 2; do
		mkdir "few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 40 |
		    xargs -I{} cp {} "few/$c/"
	done
	dset-create -q --gray --size 28x28 -o dset few >/dev/null
	model-train -q -d dset -n lenet -b 20 -e 2 --device cpu -o m >/dev/null
	model-infer -q -m m --device cpu --tsv few/*/*.png >want
	[ "$(wc -l <want)" -eq 120 ]
	model-pack -q m -o m.tar.gz
	model-infer -q -m m.tar.gz --device cpu --tsv few/*/*.png | cmp - want
	mkdir -p store/lenet
	tar xzf m.tar.gz -C store/lenet
	ssh-keygen -q -t ed25519 -N '' -f key
	store-index -q --sign key store
	store-index -q --check --verify key.pub store
	nginx_start store
	store-pull -q -s "$NGINX" -o pulled --verify key.pub lenet >/dev/null
	model-infer -q -m pulled/lenet --device cpu --tsv few/*/*.png | cmp - want
	model-import -q m.tar.gz -o imported
	model-infer -q -m imported --device cpu --tsv few/*/*.png | cmp - want
	model-pack -q imported -o again.tar.gz
	diff <(tar tzf m.tar.gz) <(tar tzf again.tar.gz)
}

@test "a real folder of DIGITS imports as far as its files go" {
	real=$tree/../shared/data/digits_archives/ladrians_googlenet_v610
	[ -d "$real" ] || skip "no shared data"
	run model-import "$real" -o digits
	[ "$status" -eq 1 ]
	[[ "$output" == *caffemodel* ]]
	[ -s digits/deploy.prototxt ]
	[ -s digits/mean.binaryproto ]
	run model-show digits
	[ "$status" -eq 0 ]
	[[ "$output" == *caffe* ]]
	run model-infer -m digits --device cpu "$real/labels.txt"
	[ "$status" -eq 4 ]
	[[ "$output" == *weights* ]]
}
