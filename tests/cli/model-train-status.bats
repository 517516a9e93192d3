#!/usr/bin/env bats
# model-train: what it says of itself and keeps when it is resumed, stopped or
# fails.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 30 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export MODEL_TRAIN="model-train -q -d $D/dset -n lenet -b 15 --device cpu"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

vals() {
	grep '"event": "val"' "$1/train.ndjson" | sed 's/.*"iter": \([0-9]*\),.*/\1/'
}

@test "--resume repeats no validation, and --keep keeps the best" {
	$MODEL_TRAIN -e 2 --keep 2 -o m
	# a snapshot that validated well, two that did not
	cp m/snapshot_iter_8.caffemodel m/snapshot_iter_1.caffemodel
	sed -i '1i {"event": "val", "iter": 1, "epoch": 0.1, "outputs": {"accuracy": 2, "loss": 0}}' \
	    m/train.ndjson
	for e in 3 4 5; do
		model-train -q --device cpu --resume -e $e --keep 2 -o m
	done
	[ -e m/snapshot_iter_1.caffemodel ]
	[ "$(ls m/snapshot_*.caffemodel | wc -l)" -le 3 ]
	vals m | sort -n | uniq -d >twice
	[ ! -s twice ]
	[ "$(vals m | tail -n 1)" = 20 ]
}

@test "--keep counts only validations that have a snapshot" {
	$MODEL_TRAIN -e 3 --keep 1 -o m
	sed -i '1i {"event": "val", "iter": 1, "epoch": 0.1, "outputs": {"accuracy": 2, "loss": 0}}' \
	    m/train.ndjson
	best=$(model-show --best --tsv m | cut -f1)
	model-train -q --device cpu --resume -e 4 --keep 1 --lr 0 -o m || true
	[ -e m/snapshot_iter_"$best".caffemodel ] ||
	    [ "$(model-show --best --tsv m | cut -f1)" = 16 ]
}

# Signals as a shell in the foreground leaves them, for what is in the background.
free_signals() {
	exec python3 -c 'import os, signal, sys
for s in signal.SIGINT, signal.SIGHUP: signal.signal(s, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

train_line() {
	until grep -qs '"event": "train"' "$1/train.ndjson"; do sleep 0.05; done
}

@test "SIGUSR1 writes a snapshot and goes on, SIGHUP stops with one" {
	free_signals $MODEL_TRAIN -e 100000 --snapshot-interval 0 -o m 2>err &
	pid=$!
	train_line m
	[ "$(ls m | grep -c caffemodel)" = 0 ]
	kill -USR1 $pid
	until ls m/*.solverstate 2>/dev/null; do sleep 0.05; done
	kill -0 $pid
	kill -HUP $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	grep -q SIGHUP err
	[ "$(grep -c '"event": "snapshot"' m/train.ndjson)" = 2 ]
}

@test "nohup: SIGHUP is ignored, and SIGINT in a background job" {
	(trap '' HUP INT; exec $MODEL_TRAIN -e 100000 --snapshot-interval 0 -o m) 2>err &
	pid=$!
	train_line m
	kill -HUP $pid
	kill -INT $pid
	sleep 0.2
	kill -0 $pid
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	grep -q SIGTERM err
}

@test "a time budget ends the first validation, too; and a resumed run goes on" {
	run -75 timeout 60 $MODEL_TRAIN -e 2 --time-budget 0.000001 -o m
	[ -e m/snapshot_iter_0.caffemodel ]
	sed -i 's/^test_iter.*/test_iter: 1000000000/' m/solver.prototxt
	sed -i 's/"val_items": [0-9]*/"val_items": 0/' m/info.json
	run -75 timeout 60 model-train -q --device cpu --resume --time-budget 1 -o m
	[ -e m/snapshot_iter_1.caffemodel ]
	grep -q 'no validation' m/train.ndjson
}

@test "a training that failed is Error, with its sentence, until it is resumed" {
	run -3 --separate-stderr $MODEL_TRAIN -e 20 --lr 1e6 -o m
	[[ "$output" == *error && "$output" != *done* ]]
	grep -q '"status": "Error"' m/info.json
	grep -q '"error": ".*not finite' m/info.json
	grep -q '"event": "end".*"reason": "error"' m/train.ndjson
	[ "$(job-list --tsv m | sed 1d | cut -f4)" = Error ]
	job-list --tsv m | sed 1d | cut -f11 | grep -q 'not finite'
	sed -i 's/^base_lr.*/base_lr: 0.001/' m/solver.prototxt
	model-train -q --device cpu --resume -e 1 -o m
	grep -q '"status": "Done"' m/info.json
	! grep -q '"error"' m/info.json || false
}

@test "no snapshot of weights that are not finite, whose loss nobody saw" {
	$MODEL_TRAIN -e 1 -o one
	sed 's/lr_mult: 2/lr_mult: 3e38/' one/original.prototxt >net.prototxt
	run -3 --separate-stderr model-train -q -d "$D/dset" -n net.prototxt -b 1000 \
	    --device cpu -e 1 --lr 10 --val-interval 0 -o m
	[[ "$output" == *error ]]
	[[ "$stderr" == *"weights of layer conv1 are not finite"* ]]
	[ -z "$(ls m/snapshot* 2>/dev/null)" ]
	[ "$(job-list --tsv m | sed 1d | cut -f4)" = Error ]
}

@test "a training that was killed is told from one that runs" {
	$MODEL_TRAIN -e 100000 --snapshot-interval 0 -o m 2>err &
	pid=$!
	train_line m
	[ "$(job-list --tsv m | sed 1d | cut -f4)" = Running ]
	kill -KILL $pid
	wait $pid || true
	[ "$(job-list --tsv m | sed 1d | cut -f4)" = Killed ]
}

@test "what is refused before it began leaves no folder" {
	cp -r "$D/dset" d
	head -c 5000 d/val_db/data.mdb >cut && mv cut d/val_db/data.mdb
	run model-train -q -d d -n lenet -b 15 --device cpu -e 1 -o m
	[ "$status" -ne 0 ]
	[ ! -e m ]
	run model-train -q -d d -n lenet -b 15 --lr 0.1,0.01 --device cpu -e 1 -o m
	[ "$status" -ne 0 ]
	[ ! -e m ]
	[ "$(ls -A | grep -vc '^d$')" = 0 ]
}

@test "--resume begins where nothing is there yet, as a job that Slurm restarts" {
	$MODEL_TRAIN -e 1 --resume -o m
	[ -e m/snapshot_iter_4.caffemodel ]
	mkdir empty
	$MODEL_TRAIN -e 1 --resume -o empty
	[ -e empty/snapshot_iter_4.caffemodel ]
	$MODEL_TRAIN --resume -e 2 -o m
	[ -e m/snapshot_iter_8.caffemodel ]
	run -4 model-train -q --resume -o nowhere
	[ ! -e nowhere ]
	mkdir other && touch other/file
	run $MODEL_TRAIN -e 1 --resume -o other
	[ "$status" -ne 0 ]
	[ "$(ls -A other)" = file ]
}

@test "data that shrinks while it is read: a sentence and 5" {
	cp -r "$D/dset" d
	model-train -q -d d -n lenet -b 15 --device cpu -e 100000 -o m 2>err &
	pid=$!
	train_line m
	truncate -s 0 d/train_db/data.mdb
	status=0
	wait $pid || status=$?
	[ "$status" -eq 5 ]
	grep -q 'data.mdb: shrank' err
	[ "$(job-list --tsv m | sed 1d | cut -f4)" = Killed ]
}

@test "a file size limit is an error of writing, said and kept" {
	(ulimit -f 100 && run -5 --separate-stderr $MODEL_TRAIN -e 1 -o m
	 [ "$status" -eq 5 ] && [[ "$stderr" == *"File too large"* ]])
	[ "$(job-list --tsv m | sed 1d | cut -f4)" = Error ]
	[ "$(ls m | grep -c caffemodel)" = 0 ]
}

@test "where even what a training begins with cannot be written, nothing is left" {
	# enough for all files but first_batch.png
	(ulimit -f 8 && run -5 --separate-stderr $MODEL_TRAIN -e 1 -o m &&
	 [[ "$stderr" == *"m/first_batch.png: File too large"* ]])
	[ ! -e m ]
	[ -z "$(find . -name '.m.*')" ]
}

@test "counts without end neither outlive SIGTERM nor a time budget" {
	$MODEL_TRAIN -e 1 -o one
	sed -i '/"val"/d' one/train.ndjson
	cp -r one many
	sed -i 's/^test_iter.*/test_iter: 2147483647/' one/solver.prototxt
	sed -i 's/"val_items": [0-9]*/"val_items": 0/' one/info.json
	sed -i 's/"val_items": [0-9]*/"val_items": 281474976710656/' many/info.json
	for m in one many; do
		model-train -q --device cpu --resume -e 5 -o $m 2>err &
		pid=$!
		until grep -q '"event": "start", "iter": 4' $m/train.ndjson; do
			sleep 0.05
		done
		kill -TERM $pid
		status=0
		wait $pid || status=$?
		[ "$status" -eq 75 ]
	done
}
