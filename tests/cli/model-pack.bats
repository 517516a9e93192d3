#!/usr/bin/env bats
# model-pack: what is packed, under what name, the same every time.

weights() { # FILE LAYER...
	f=$1
	shift
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" "$f" m "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	shared=$BATS_TEST_DIRNAME/../../../shared
	mkdir m
	echo net >m/original.prototxt
	printf 'input: "data"\ninput_dim: 1 input_dim: 3\n' >m/deploy.prototxt
	printf 'input_dim: 20 input_dim: 30\n' >>m/deploy.prototxt
	cat >>m/deploy.prototxt <<-E
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 } }
	E
	weights m/snapshot_iter_100.caffemodel ip:2x1800,2
	weights m/snapshot_iter_200.caffemodel ip:2x1800,2 more:1
	printf 'cat\ndog\n' >m/labels.txt
	echo '0 0 0' >m/palette.txt
	echo free >m/license.txt
	echo 'net: "x"' >m/solver.prototxt
	echo 'not packed' >m/train.log
	cat >m/info.json <<-E
	{"name": "m", "framework": "caffe", "iterations per epoch": 100,
	 "model file": "original.prototxt", "job id": "20160101-000000-abcd",
	 "snapshot file": "snapshot_iter_200.caffemodel", "zz": [1, {"b": 2}]}
	E
}

@test "model-pack packs flat what belongs to the model, the same every time" {
	model-pack m -o a.tar.gz
	model-pack m -o b.tar.gz
	cmp a.tar.gz b.tar.gz
	tar tzf a.tar.gz | sort >names
	diff names - <<-E
	deploy.prototxt
	info.json
	labels.txt
	license.txt
	original.prototxt
	palette.txt
	snapshot_iter_200.caffemodel
	solver.prototxt
	E
	run model-pack m -o a.tar.gz
	[ "$status" -eq 8 ]
	model-pack m -f -o a.tar.gz
}

@test "model-pack -e packs that epoch and says so in info.json" {
	model-pack m -e 1 -o a.tar
	tar xOf a.tar info.json | grep -q '"snapshot_iter_100.caffemodel"'
	tar tf a.tar | grep -q snapshot_iter_100
	! tar tf a.tar | grep -q snapshot_iter_200 || false
	run model-pack m -e 9 -o b.tar
	[ "$status" -eq 4 ]
	[ ! -e b.tar ]
}

@test "model-pack names the archive as DIGITS does, and writes to a pipe" {
	model-pack m
	[ -f 20160101-000000-abcd_epoch_2.tar.gz ]
	model-pack -e 1 m
	[ -f 20160101-000000-abcd_epoch_1.tar.gz ]
	model-pack m -o - | tar tzf - | grep -q info.json
}

@test "no epoch is invented for weights that have none" {
	mv m/snapshot_iter_200.caffemodel m/weights.caffemodel
	rm m/snapshot_iter_100.caffemodel
	sed 's/snapshot_iter_200/weights/' m/info.json >i && mv i m/info.json
	model-pack m
	[ -f 20160101-000000-abcd.tar.gz ]
}

@test "model-pack refuses weights that are not the net's" {
	weights m/snapshot_iter_200.caffemodel other:2x1800,2
	run model-pack m -o a.tar
	[ "$status" -eq 3 ]
	[[ "$output" == *"is another net's"* ]]
	head -c 1000 m/snapshot_iter_100.caffemodel \
	    >m/snapshot_iter_200.caffemodel
	run model-pack m -o a.tar
	[ "$status" -eq 3 ]
	[[ "$output" == *"cut short at byte 1000"* ]]
	[ ! -e a.tar ]
}
