#!/usr/bin/env bats
# dset-create --depth 16: pictures that keep 16 bits.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# picture FILE W H V...: a gray picture of 16 bits.
picture() {
	mkdir -p "$(dirname "$1")"
	echo "P2 $2 $3 65535 ${*:4}" >"$1"
}

# numbers DSET KEY: the floats of a record.
numbers() {
	dset-show "$1" --cat | tar -xf - -O "$2.data.npy" | python3 -c '
import struct, sys
b = sys.stdin.buffer.read()[128:]
print(*["%.4f" % v for v in struct.unpack("<%df" % (len(b) // 4), b)])'
}

@test "16 bits are kept, on the scale of 8" {
	picture p/a/1.pgm 3 1 0 1 65535
	picture p/b/2.pgm 3 1 257 25700 25701
	dset-create --depth 16 --gray --val 0 --min-per-class 1 --no-shuffle -o d p
	[ "$(numbers d 00000000_0)" = '0.0000 0.0039 255.0000' ]
	[ "$(numbers d 00000001_1)" = '1.0000 100.0000 100.0039' ]
	grep -q '"depth": 16' d/dataset.json
	grep -q '"encoding": "none"' d/dataset.json
	dset-show d | grep -q '1x1x3  raw'
	dset-show d --verify
	[ -s d/mean.binaryproto ]
	# As many bits as there are: of 8 bits they are what they were.
	dset-create -q --gray --size 3x1 --val 0 --min-per-class 1 --no-shuffle -o e p
	! grep -q '"depth": 16' e/dataset.json || false
	# Three channels of one, HDF5, any number of threads.
	dset-create -q --depth 16 --val 0 --min-per-class 1 --no-shuffle -o f p
	[ "$(numbers f 00000001_1)" = '1.0000 100.0000 100.0039 1.0000 100.0000 100.0039 1.0000 100.0000 100.0039' ]
	dset-create -q --depth 16 --gray --val 0 --min-per-class 1 --no-shuffle -j 4 -o g p
	cmp d/train_db/data.mdb g/train_db/data.mdb
	dset-create -q --depth 16 --gray --val 0 --min-per-class 1 --no-shuffle --backend hdf5 -o h p
	dset-show h | grep -q '1x1x3'
	# What a model-infer of 8 bits sees is near what was learned.
	echo 'P2 3 1 255 1 100 100' >p/b/2.pgm
	dset-create -q -f --depth 16 --gray --val 0 --min-per-class 1 --no-shuffle -o d p
	[ "$(numbers d 00000001_1)" = '1.0000 100.0000 100.0000' ]
}

@test "with masks and in streams" {
	picture i/1.pgm 2 1 100 40000
	picture i/2.pgm 2 1 300 50000
	mkdir m
	for k in 1 2; do echo 'P2 2 1 255 0 1' >m/$k.pgm; done
	dset-create -q -t segmentation --depth 16 --gray --images i --masks m --val 0 --no-shuffle -o d
	[ "$(numbers d 000000001)" = '1.1673 194.5525' ]
	dset-show d | grep -q '^1  *2  '
	for k in 1 2; do cp m/$k.pgm i/$k.label.pgm; done
	tar -cf - -C i 1.pgm 1.label.pgm 2.pgm 2.label.pgm |
	    dset-create -q -t stream --label-pictures mask --depth 16 --gray --val 0 --no-shuffle -o e
	cmp d/train_db/features/data.mdb e/train_db/features/data.mdb
	cmp d/train_db/labels/data.mdb e/train_db/labels/data.mdb
}

@test "a net learns from them; what has no place beside it is refused" {
	for k in 1 2 3 4; do
		picture p/a/$k.pgm 2 2 $((k * 5000)) 0 0 0
		picture p/b/$k.pgm 2 2 0 0 0 $((k * 5000))
	done
	dset-create -q --depth 16 --gray --val 25 -o d p
	cat >net.prototxt <<'END'
layer { name: "data" type: "Data" top: "data" top: "label" }
layer { name: "scale" type: "Power" bottom: "data" top: "scaled" power_param { scale: 0.01 } }
layer { name: "ip" type: "InnerProduct" bottom: "scaled" top: "ip"
  inner_product_param { weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"
  exclude { stage: "deploy" } }
layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy"
  include { stage: "val" } }
layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" include { stage: "deploy" } }
END
	model-train -q -d d -n net.prototxt --mean none -e 60 --lr 0.5 -o m --require 'accuracy>=1'
	model-infer -q -m m p/b/4.pgm | grep -q ' b '
	run -2 dset-create --depth 16 --size 2x2 -o e p
	run -2 dset-create --depth 16 --encoding jpg -o e p
	picture p/a/9.pgm 3 3 1 2 3 4 5 6 7 8 9
	run -1 --separate-stderr dset-create --depth 16 --val 0 -o f p
	[[ "$stderr" = *"p/a/9.pgm: 3x3 pixels, where the first has 2x2: with 16 bits they have one size"* ]]
	[ ! -e e ]
}
