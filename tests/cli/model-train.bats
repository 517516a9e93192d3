#!/usr/bin/env bats
# model-train on a small data set made from the pictures the project ships.

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2 3; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 60 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export MODEL_TRAIN="model-train -q -d $D/dset -n lenet -b 20 --device cpu"
}

sum() {
	sha256sum <"$1"
}

newest() {
	ls "$1"/snapshot_iter_*.caffemodel | sort -V | tail -n 1
}

@test "a model folder holds what DIGITS puts there" {
	run $MODEL_TRAIN -e 2 -o "$D/m"
	[ "$status" -eq 0 ]
	[[ "$output" == *accuracy* ]]
	for f in original train_val deploy solver; do
		[ -s "$D/m/$f.prototxt" ]
	done
	cmp "$D/m/labels.txt" "$D/dset/labels.txt"
	cmp "$D/m/mean.binaryproto" "$D/dset/mean.binaryproto"
	[ -s "$D/m/snapshot_iter_18.caffemodel" ]
	[ -s "$D/m/snapshot_iter_18.solverstate" ]
	grep -q '"status": "Done"' "$D/m/info.json"
	grep -q '"snapshot file": "snapshot_iter_18.caffemodel"' "$D/m/info.json"
	grep -q '"event": "val", "iter": 18' "$D/m/train.ndjson"
}

@test "the same command gives the same bytes" {
	$MODEL_TRAIN -e 2 -o "$D/a"
	$MODEL_TRAIN -e 2 -o "$D/b"
	cmp "$D/a/snapshot_iter_18.caffemodel" "$D/b/snapshot_iter_18.caffemodel"
	cmp "$D/a/snapshot_iter_18.solverstate" "$D/b/snapshot_iter_18.solverstate"
	$MODEL_TRAIN -e 2 --seed 1 -o "$D/c"
	! cmp -s "$D/a/snapshot_iter_18.caffemodel" "$D/c/snapshot_iter_18.caffemodel" || false
}

@test "resumed after a time budget in the middle of an epoch: the same bytes" {
	$MODEL_TRAIN -e 4 --keep 0 --snapshot-interval 0 -o "$D/whole"
	run $MODEL_TRAIN -e 4 --keep 0 --snapshot-interval 0 --time-budget 0.05 -o "$D/part"
	[ "$status" -eq 75 ]
	[[ "$output" == *--resume* ]]
	tries=0
	while [ "$status" -eq 75 ] && [ $tries -lt 200 ]; do
		run model-train -q -o "$D/part" --device cpu --resume --time-budget 0.05
		tries=$((tries + 1))
	done
	[ "$status" -eq 0 ]
	cmp "$(newest "$D/whole")" "$(newest "$D/part")"
	cmp "$D/whole/snapshot_iter_36.solverstate" "$D/part/snapshot_iter_36.solverstate"
}

@test "SIGTERM stops with a snapshot and 75" {
	$MODEL_TRAIN -e 100000 -o "$D/term" 2>"$D/err" &
	pid=$!
	while ! grep -qs '"event": "train"' "$D/term/train.ndjson"; do sleep 0.05; done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	ls "$D/term"/snapshot_iter_*.solverstate
	grep -q SIGTERM "$D/err"
}

@test "SIGKILL leaves nothing half-written and resume goes on" {
	$MODEL_TRAIN -e 6 --keep 0 -o "$D/unharmed"
	for delay in 0.02 0.1 0.2 0.3 0.45; do
		$MODEL_TRAIN -e 6 --keep 0 -f -o "$D/kill" & pid=$!
		sleep $delay
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		if [ -d "$D/kill" ]; then
			for f in "$D"/kill/snapshot_*.caffemodel; do
				[ -e "$f" ] || continue
				[ "$(stat -c %s "$f")" -eq "$(stat -c %s "$D/unharmed/snapshot_iter_9.caffemodel")" ]
			done
			model-train -q -o "$D/kill" --device cpu --resume
		else
			$MODEL_TRAIN -e 6 --keep 0 -o "$D/kill"
		fi
		cmp "$(newest "$D/unharmed")" "$(newest "$D/kill")"
		rm -rf "$D/kill"
	done
}

@test "gates: --until stops, --require fails with 9" {
	run $MODEL_TRAIN -e 50 --until 'accuracy>=0.8' -o "$D/until" --json
	[ "$status" -eq 0 ]
	[[ "$output" == *'"reason": "until"'* ]]
	run $MODEL_TRAIN -e 1 --require 'loss<=0.0000001' -o "$D/require"
	[ "$status" -eq 9 ]
	[ -s "$D/require/snapshot_iter_9.caffemodel" ]
}

@test "a loss that is not a number is told with its layer" {
	run $MODEL_TRAIN -e 20 --lr 1e6 -o "$D/nan"
	[ "$status" -eq 3 ]
	[[ "$output" == *"layer "*"not finite"* ]]
}

@test "lists make one model each, listed best first" {
	run $MODEL_TRAIN -e 1 --lr 0.01,0.0000001 -o "$D/sweep"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[0]}" == *lr0.01* ]]
	[ -s "$D/sweep/lr1e-7/deploy.prototxt" ]
	[[ "${lines[0]}" == *"accuracy 0."* && "${lines[1]}" == *"accuracy 0."* ]]
	run $MODEL_TRAIN -e 1 --lr 0.0000001,0.01 --json -o "$D/sweep2"
	[[ "${lines[0]}" == *lr0.01*'"accuracy": '* ]]
	[[ "${lines[1]}" == *lr1e-7*'"accuracy": '* ]]
}

@test "all solvers and all policies train" {
	for s in sgd nesterov adagrad rmsprop adadelta adam adamw lamb; do
		run $MODEL_TRAIN -e 1 --lr 0.001 --solver $s -o "$D/solver-$s"
		[ "$status" -eq 0 ]
	done
	for p in fixed step multistep exp inv poly sigmoid cosine; do
		run $MODEL_TRAIN -e 1 --lr-policy $p -o "$D/policy-$p"
		[ "$status" -eq 0 ]
	done
}

@test "fine-tuning: other classes start anew, frozen layers stay" {
	$MODEL_TRAIN -e 1 -o "$D/base"
	rm -rf "$D/two"
	mkdir "$D/two"
	cp -r "$D/few/0" "$D/few/1" "$D/two/"
	dset-create -q --gray --size 28x28 -o "$D/dset2" "$D/two"
	run model-train -d "$D/dset2" -p "$D/base" --freeze 'conv*' -e 1 -b 20 --device cpu -o "$D/fine"
	[ "$status" -eq 0 ]
	[[ "$output" == *"ip2_retrain"* ]]
	run $MODEL_TRAIN --freeze 'nothing*' -e 1 -o "$D/none"
	[ "$status" -eq 2 ]
}

@test "an average of the weights is validated, kept, and resumed" {
	$MODEL_TRAIN -e 3 --ema 0.9 --keep 0 -o "$D/ema"
	$MODEL_TRAIN -e 3 --keep 0 -o "$D/plain"
	cmp "$D/plain/snapshot_iter_27.caffemodel" \
	    "$D/ema/snapshot_iter_27.training.caffemodel"
	! cmp -s "$D/plain/snapshot_iter_27.caffemodel" \
	    "$D/ema/snapshot_iter_27.caffemodel" || false
	want=$(grep '"event": "val", "iter": 27' "$D/ema/train.ndjson" |
	    sed 's/.*"accuracy": \([0-9.e-]*\).*/\1/')
	got=$(model-infer -q -m "$D/ema" --device cpu --json --summary \
	    --db "$D/dset/val_db" | sed 's/.*"top1": \([0-9.e-]*\).*/\1/')
	awk -v a="$want" -v b="$got" \
	    'BEGIN { exit !(a - b < 1e-6 && b - a < 1e-6) }'
	status=75
	$MODEL_TRAIN -e 3 --ema 0.9 --keep 0 --time-budget 0.05 -o "$D/ema-part" ||
	    status=$?
	while [ "$status" -eq 75 ]; do
		status=0
		model-train -q -o "$D/ema-part" --device cpu --resume \
		    --time-budget 0.05 || status=$?
	done
	[ "$status" -eq 0 ]
	cmp "$D/ema/snapshot_iter_27.caffemodel" \
	    "$D/ema-part/snapshot_iter_27.caffemodel"
}

@test "smoothed labels and class weights change training alone" {
	$MODEL_TRAIN -e 1 --label-smoothing 0.1 -o "$D/smooth"
	grep -q 'label_smoothing: 0.1' "$D/smooth/train_val.prototxt"
	[ "$(grep -c 'type: "SoftmaxWithLoss"' "$D/smooth/train_val.prototxt")" -eq 2 ]
	rm -rf "$D/uneven"
	mkdir -p "$D/uneven/0" "$D/uneven/1"
	cp "$D"/few/0/*.png "$D/uneven/0/"
	ls "$D"/few/1/*.png | head -n 20 | xargs -I{} cp {} "$D/uneven/1/"
	dset-create -q --gray --size 28x28 --val 0 -o "$D/uneven-dset" "$D/uneven"
	model-train -q -d "$D/uneven-dset" -n lenet -b 20 -e 1 --device cpu \
	    --class-weights auto -o "$D/weighed"
	# 80 records: 80 / (2 * 60) and 80 / (2 * 20)
	grep -q 'class_weighting: 0.6666667' "$D/weighed/train_val.prototxt"
	grep -q 'class_weighting: 2$' "$D/weighed/train_val.prototxt"
	printf '1\n2\n3\n' >"$D/three"
	run $MODEL_TRAIN -e 1 --class-weights "$D/three" -o "$D/x"
	[ "$status" -eq 3 ]
	[[ "$output" == *"3 weights for 4 classes"* ]]
}

@test "bf16 learns as well as fp32" {
	run $MODEL_TRAIN -e 1 --precision bf16 -o "$D/none"
	[[ "$output" != *"does not compute in bf16"* ]] || skip "no avx512_bf16"
	for p in fp32 bf16; do
		$MODEL_TRAIN -e 6 --precision $p -o "$D/$p" --json >"$D/$p.json"
		sed 's/.*"accuracy": \([0-9.e-]*\).*/\1/' "$D/$p.json" >"$D/$p.acc"
		model-infer -q -m "$D/fp32" --device cpu --precision $p --json \
		    --summary --db "$D/dset/val_db" |
		    sed 's/.*"top1": \([0-9.e-]*\).*/\1/' >"$D/$p.top1"
	done
	# 60 pictures: three of them either way
	paste "$D/fp32.acc" "$D/bf16.acc" |
	    awk '{ d = $1 - $2; exit !($1 > 0.7 && d < 0.06 && d > -0.06) }'
	paste "$D/fp32.top1" "$D/bf16.top1" |
	    awk '{ d = $1 - $2; exit !(d < 0.02 && d > -0.02) }'
}

@test "what is wrong is said" {
	run model-train -o "$D/x"
	[ "$status" -eq 2 ]
	run $MODEL_TRAIN -e 1 -o "$D/dset"
	[ "$status" -eq 8 ]
	run model-train -q -d "$D/dset" -n no-such-net -o "$D/x"
	[ "$status" -eq 4 ]
	run model-train -q -d "$D/nowhere" -n lenet -o "$D/x"
	[ "$status" -eq 4 ]
	run $MODEL_TRAIN --crop 99 -o "$D/x"
	[ "$status" -eq 2 ]
	run $MODEL_TRAIN --until 'accuracy' -o "$D/x"
	[ "$status" -eq 2 ]
	run $MODEL_TRAIN --device cuda:9 -o "$D/x"
	[ "$status" -eq 7 ]
	[ ! -e "$D/x" ] || [ ! -e "$D/x/snapshot_iter_9.caffemodel" ]
}
