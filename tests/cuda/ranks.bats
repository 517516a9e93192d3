#!/usr/bin/env bats
# Several GPUs, emulated (lib/cuda/host): a rank for each, against one alone.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	export NNUTILS_MODULES=$OBJ/emu
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2 3; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 60 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 8x8 --encoding none -o "$D/dset" "$D/few"
	cat >"$D/net.prototxt" <<-'END'
	layer { name: "data" type: "Data" top: "data" top: "label"
	  include { stage: "train" } }
	layer { name: "data" type: "Data" top: "data" top: "label"
	  include { stage: "val" } }
	layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
	  convolution_param { num_output: 6 kernel_size: 3
	    weight_filler { type: "xavier" } } }
	layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
	layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label"
	  top: "accuracy" include { stage: "val" } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip"
	  bottom: "label" top: "loss" exclude { stage: "deploy" } }
	layer { name: "softmax" type: "Softmax" bottom: "ip" top: "softmax"
	  include { stage: "deploy" } }
	END
	export TRAIN="model-train -q -d $D/dset -n $D/net.prototxt -b 12 --lr 0.001 --keep 0 -e 3"
	$TRAIN --device cuda -o "$D/alone"
}

losses() {
	grep '"event": "val"' "$1/train.ndjson" |
	    sed 's/.*"loss": \([0-9.e-]*\).*/\1/'
}

newest() {
	ls "$1"/snapshot_iter_*.caffemodel | sort -V | tail -n 1
}

alike() {
	paste <(losses "$1") <(losses "$2") | awk '
	    { d = $1 - $2; if (d > 1e-5 * $1 || d < -1e-5 * $1) bad = 1 }
	    END { exit bad || NR != 4 }'
}

# Lines on stdin, but for what ASan says of the emulator's coroutines.
said() {
	grep -cv "==WARNING: ASan doesn't fully support makecontext"
}

# Wait for the first measurement of a training that runs.
trains() {
	while ! grep -qs '"event": "train"' "$1/train.ndjson"; do
		kill -0 "$2"
		sleep 0.05
	done
}

@test "2 and 4 GPUs train as one does, the same each time" {
	for list in cuda:1,0 all; do
		run -0 $TRAIN --device $list -o "$D/$list"
		[ "$(printf '%s\n' "$output" | grep -c accuracy)" -eq 1 ]
		[ "$(said <<<"$output")" -eq 1 ]
		$TRAIN --device $list -o "$D/again-$list"
		cmp "$(newest "$D/$list")" "$(newest "$D/again-$list")"
		alike "$D/alone" "$D/$list"
	done
}

@test "a training of several GPUs is gone on with, bit for bit" {
	$TRAIN --device cuda:0,1 -e 40 -o "$D/whole"
	run -75 $TRAIN --device cuda:0,1 -e 40 --time-budget 0.3 -o "$D/part"
	[[ $output == *"time budget"*"--resume"* ]]
	run -0 model-train -q -o "$D/part" --resume --device cuda:0,1
	cmp "$(newest "$D/whole")" "$(newest "$D/part")"
}

@test "a killed rank stops all with a snapshot, which is gone on with" {
	$TRAIN --device cuda:0,1,2 -e 100000 -o "$D/dead" 2>"$D/err" &
	pid=$!
	trains "$D/dead" $pid
	kill -KILL "$(ps -o pid= --ppid $pid | tail -n 1)"
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	grep -q "another rank is gone; snapshot .* --resume" "$D/err"
	[ "$(said <"$D/err")" -eq 1 ]
	tail -n 1 "$D/dead/train.ndjson" | grep -q '"event": "end"'
	[ -z "$(ps -o pid= --ppid $pid)" ]
	run -75 timeout 60 model-train -q -o "$D/dead" --resume \
	    --device cuda:0,1,2 --time-budget 0.2
	[[ $output == *"stopped by time budget"* ]]
}

@test "a killed leader takes the others with it" {
	$TRAIN --device cuda:0,1 -e 100000 -o "$D/lead" &
	pid=$!
	trains "$D/lead" $pid
	other=$(ps -o pid= --ppid $pid)
	kill -KILL $pid
	wait $pid || true
	for i in $(seq 100); do
		kill -0 $other 2>/dev/null || break
		sleep 0.05
	done
	run ! kill -0 $other
}

@test "a signal to the leader stops all with a snapshot" {
	$TRAIN --device cuda:0,1 -e 100000 -o "$D/term" 2>"$D/err" &
	pid=$!
	trains "$D/term" $pid
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	grep -q "stopped by SIGTERM; snapshot .* --resume" "$D/err"
}

@test "a loss that is not a number ends all ranks at the iteration that made it" {
	mkdir "$D/odd-in"
	cp -r "$D/few/." "$D/odd-in"
	{ printf 'P5 8 8 255\n' && head -c 64 /dev/zero; } >"$D/odd-in/2/black.pgm"
	dset-create -q --gray --size 8x8 --encoding none -o "$D/odd-dset" "$D/odd-in"
	cat - "$D/net.prototxt" >"$D/one-over.prototxt" <<-'END'
	layer { name: "mean" type: "Pooling" bottom: "data" top: "mean"
	  pooling_param { pool: AVE global_pooling: true } }
	layer { name: "over" type: "Power" bottom: "mean" top: "over"
	  power_param { power: -1 } }
	END
	sed -i 's/type: "InnerProduct" bottom: "conv"/type: "InnerProduct" bottom: "over"/
	    /name: "conv"/,/name: "relu"/d' "$D/one-over.prototxt"
	train="${TRAIN/$D\/dset/$D/odd-dset}"
	train="${train/$D\/net/$D/one-over} --mean none"
	run ! $train --device cuda -o "$D/odd-1"
	[[ $output =~ (iteration [0-9]+: ) ]]
	at=${BASH_REMATCH[1]}
	for list in cuda:0,1 cuda:0,1,2; do
		run ! $train --device $list -o "$D/odd-$list"
		[[ $output == *"$at"* ]]
	done
}

@test "what is wrong with a list of devices is said before anything is made" {
	run -2 $TRAIN --device cuda:0,0 -o "$D/none"
	[[ $output == *"GPU 0 is named twice"* ]]
	run -7 $TRAIN --device cuda:1,9 -o "$D/none"
	[[ $output == *"there is no GPU 9: this machine has 4"* ]]
	run -2 $TRAIN --device cuda:0,x -o "$D/none"
	[ ! -e "$D/none" ]
	run -7 $TRAIN --device cuda:7 -o "$D/one"
	[[ $output == *"there is no GPU 7: this machine has 4"* ]]
	[ ! -e "$D/one" ]
	run -2 env NNUTILS_DEVICE=cuda:2,2 $TRAIN -o "$D/none"
	run -7 env NNUTILS_DEVICE=cuda:2,3,4 $TRAIN -o "$D/none"
}

@test "one sentence says what all ranks fail with" {
	run ! $TRAIN --device cuda:0,1 -b 15 -o "$D/odd"
	[ "$(printf '%s\n' "$output" |
	    grep -c "a batch of 15 cannot be shared by 2 ranks")" -eq 1 ]
	run -8 $TRAIN --device cuda:0,1 -o "$D/alone"
	[ "$(printf '%s\n' "$output" | wc -l)" -eq 1 ]
	[[ $output == *exists* ]]
}

@test "a dry run and a sweep speak once" {
	run -0 $TRAIN --device cuda:0,1 --dry-run -o "$D/dry"
	[ "$(printf '%s\n' "$output" | grep -c base_lr)" -eq 1 ]
	run -0 $TRAIN --device cuda:0,1 -e 1 -b 12,6 -o "$D/sweep"
	[ "$(printf '%s\n' "$output" | grep -c accuracy)" -eq 2 ]
	run -0 $TRAIN --device cuda:0,1 -e 1 -b 12,6 -o "$D/sweep" --resume
}

@test "gradients add up over ranks and runs; without NCCL they go by the host" {
	$TRAIN --batch-accumulation 2 --device cuda -o "$D/acc1"
	run -0 ${TRAIN/-q/-v} --batch-accumulation 2 --device cuda:0,3 -o "$D/acc2"
	[[ $output == *"gradients of 2 ranks are exchanged by nccl"* ]]
	[[ $output == *"24 items (2 ranks, 6 at a time, 2 times), base learning rate 0.001"* ]]
	grep -q "24 items (2 ranks" "$D/acc2/train.log"
	alike "$D/acc1" "$D/acc2"
	mkdir "$D/bin"
	cp "$(command -v model-train)" "$OBJ/emu/nnutils-cuda.so" "$D/bin"
	run -0 env NNUTILS_MODULES= "$D/bin/"${TRAIN/-q/-v} --batch-accumulation 2 \
	    --device cuda:0,3 -o "$D/acc3"
	[[ $output == *"pass through the host"*"nnutils-nccl.so is not built"* ]]
	alike "$D/acc1" "$D/acc3"
}

@test "ranks of mpirun take a GPU each" {
	command -v mpirun >/dev/null || skip "no mpirun"
	[ -e "$BIN/nnutils-mpi.so" ] || skip "built without MPI"
	export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
	export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl=self,vader
	# the same in Open MPI 5
	export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	run -0 mpirun -n 2 ${TRAIN/-q/-v} --mpi --device cuda -o "$D/mpi"
	[[ $output == *"gradients of 2 ranks are exchanged by nccl"* ]]
	alike "$D/alone" "$D/mpi"
	run ! mpirun -n 3 $TRAIN --mpi --device cuda:0,1 -o "$D/few-gpus"
	[[ $output == *"3 ranks on this machine, but only 2 GPUs"* ]]
}
