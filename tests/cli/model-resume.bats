#!/usr/bin/env bats
# Caffe's own solvers and solver states, from 2014, taken up where they stopped;
# solvers with several test nets.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	export SHARED=$PWD/../shared
	export MODELS=$SHARED/data/models
}

setup() {
	[ -d "$MODELS" ] || skip "no shared data"
}

# The pictures of the test part as the data sets that a Caffe net names.
mnist() {
	[ ! -d "$D/mnist/examples" ] || return 0
	mkdir -p "$D/mnist/examples/mnist"
	tar -xzf "$SHARED/data/classification/mnist_png/mnist.tar.gz" \
	    -C "$D/mnist" mnist/test
	dset-create -q --gray --size 28x28 --encoding none --val 0 --mean none \
	    -o "$D/mnist/dset" "$D/mnist/mnist/test"
	cp -r "$D/mnist/dset/train_db" "$D/mnist/examples/mnist/mnist_train_lmdb"
	cp -r "$D/mnist/dset/train_db" "$D/mnist/examples/mnist/mnist_test_lmdb"
}

last_val() {
	grep '"event": "val"' "$1/train.ndjson" | tail -n 1 |
	    sed "s/.*\"$2\": \([0-9.e-]*\).*/\1/"
}

at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
}

@test "LeNet of 2014 goes on from iteration 5000" {
	mnist
	sed 's/^max_iter.*/max_iter: 5020/; s/^test_iter:.*/test_iter: 10/' \
	    "$MODELS/lenet_bvlc2014/lenet_solver.prototxt" >"$D/lenet.prototxt"
	cp "$MODELS/lenet_bvlc2014/lenet_train_test.prototxt" "$D"
	cd "$D/mnist"
	model-train -q --solver-file "$D/lenet.prototxt" --device cpu \
	    --snapshot "$MODELS/lenet_bvlc2014/lenet_iter_5000.solverstate" \
	    -o "$D/lenet"
	[ -s "$D/lenet/snapshot_iter_5020.solverstate" ]
	grep -q '"event": "val", "iter": 5000' "$D/lenet/train.ndjson"
	at_least "$(last_val "$D/lenet" accuracy)" 0.98
}

@test "cifar10_quick of 2014 goes on from iteration 5000" {
	mkdir -p "$D/cifar/examples/cifar10"
	tar -xzf "$SHARED/data/classification/cifar10_jpg/cifar10.tar.gz" \
	    -C "$D/cifar" cifar10/test
	# Caffe's own conversion of CIFAR kept the planes R G B
	dset-create -q --size 32x32 --backend hdf5 --val 0 -o "$D/cifar/dset" \
	    "$D/cifar/cifar10/test"
	for db in train test; do
		cp -r "$D/cifar/dset/train_db" \
		    "$D/cifar/examples/cifar10/cifar10_${db}_leveldb"
	done
	sed 's/^max_iter.*/max_iter: 5003/; s/^test_iter:.*/test_iter: 10/' \
	    "$MODELS/cifar10_quick_bvlc2014/cifar10_quick_solver_lr1.prototxt" \
	    >"$D/cifar.prototxt"
	sed 's/mean_file:.*/mean_value: 125 mean_value: 123 mean_value: 114/' \
	    "$MODELS/cifar10_quick_bvlc2014/cifar10_quick_train_test.prototxt" \
	    >"$D/cifar10_quick_train_test.prototxt"
	cd "$D/cifar"
	model-train -q --rgb --solver-file "$D/cifar.prototxt" --device cpu \
	    --snapshot "$MODELS/cifar10_quick_bvlc2014/cifar10_quick_iter_5000.solverstate" \
	    -o "$D/quick"
	[ -s "$D/quick/snapshot_iter_5003.caffemodel" ]
	at_least "$(last_val "$D/quick" accuracy)" 0.7
}

@test "a net in the solver, two test nets told apart by stages" {
	mnist
	sed 's/^max_iter.*/max_iter: 4/; s/^test_interval.*/test_interval: 2/
	    s/^snapshot:.*/snapshot: 2/; s/^test_iter: 100/test_iter: 3/
	    s/^test_iter: 600/test_iter: 2/' \
	    "$MODELS/lenet_bvlc2014/lenet_consolidated_solver.prototxt" \
	    >"$D/two.prototxt"
	cd "$D/mnist"
	model-train -q --solver-file "$D/two.prototxt" --device cpu -o "$D/two"
	line=$(grep '"event": "val", "iter": 4' "$D/two/train.ndjson")
	[ "$(printf '%s\n' "$line" | grep -o 'accuracy[^"]*"' | wc -l)" -eq 2 ]
	cd "$D/mnist"
	model-train -q -o "$D/two" --device cpu --resume
}

@test "train_net and test_net files; what does not fit is said" {
	mnist
	cd "$D/mnist"
	net=$MODELS/lenet_bvlc2014/lenet_train_test.prototxt
	cat >"$D/split.prototxt" <<-EOF
	train_net: "$net"
	test_net: "$net"
	test_iter: 2 test_interval: 2 max_iter: 2 base_lr: 0.01
	lr_policy: "fixed" snapshot_prefix: "x"
	EOF
	model-train -q --solver-file "$D/split.prototxt" --device cpu -o "$D/split"
	[ -s "$D/split/test_0.prototxt" ]
	grep -q '"accuracy"' "$D/split/train.ndjson"
	sed 's/test_iter: 2/test_iter: 2 test_iter: 3/' "$D/split.prototxt" \
	    >"$D/bad.prototxt"
	run model-train -q --solver-file "$D/bad.prototxt" -o "$D/bad"
	[ "$status" -eq 3 ]
	[[ "$output" == *"2 test_iter, but 1 test nets"* ]]
	run model-train -q --solver-file "$D/split.prototxt" -o "$D/bad" \
	    --snapshot "$D/nothing.solverstate"
	[ "$status" -eq 4 ]
	cp "$MODELS/lenet_bvlc2014/lenet_iter_5000.solverstate" "$D/alone.solverstate"
	run model-train -q --solver-file "$D/split.prototxt" -f -o "$D/bad" \
	    --snapshot "$D/alone.solverstate"
	[ "$status" -eq 4 ]
	[[ "$output" == *"lenet_iter_5000"*"neither"* ]]
}
