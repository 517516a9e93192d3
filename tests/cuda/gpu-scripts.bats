#!/usr/bin/env bats
# scripts/gpu-check and gpu-bench: that they run what they say, find what is
# wrong, and end with their table; with the emulator in the GPU's place.

bats_require_minimum_version 1.5.0

setup_file() {
	export DIR=$BATS_FILE_TMPDIR/packed NNUTILS_TEST_EMU=1 CASE_SECONDS=0.1
	sh scripts/gpu-check pack "$DIR"
}

# has NAME RESULT: a row of the table on stdout.
has() {
	grep -qE "^$1 +$2( |\$)" <<<"$output" || { echo "$output"; false; }
}

# fake NAME COPY LINE...: a script in COPY/bin, which is a copy of what was packed.
fake() {
	local name=$1 copy=$2
	[ -d "$copy" ] || cp -rl "$DIR" "$copy"
	rm -f "$copy/bin/$name"
	printf '%s\n' '#!/bin/sh' "${@:3}" >"$copy/bin/$name"
	chmod +x "$copy/bin/$name"
}

@test "gpu-check runs its rows, and what cannot be is skipped" {
	OUT=$BATS_TEST_TMPDIR/out run --separate-stderr \
	    sh "$DIR/scripts/gpu-check" run "$DIR" smoke \
	    train feed ranks golden ceilings
	[ "$status" -eq 0 ]
	has CHECK RESULT
	for r in libraries device smoke-unary-fp32 \
	    smoke-softmax-bf16 same-bits resume resume-bf16 learns-fp32 \
	    learns-fp16 held-streamed ceilings; do
		has $r ok
	done
	has smoke-softmax-bf16 'ok +[0-9]+ +worst [0-9.e-]+'
	has two-ranks ok
	has golden skipped
	has 'bf16 product' '[0-9.e+-]+ TFLOP/s'
	! grep WRONG <<<"$output" || false
	# one file of the table and all logs
	[ "$(ls "$BATS_TEST_TMPDIR/out")" = gpu-check.txt ]
	[[ $(<"$BATS_TEST_TMPDIR/out/gpu-check.txt") == "$output"*$'\n== device\n'*cuda:0* ]]
}

@test "what was carried as one file is unpacked" {
	mv "$DIR.tar.xz" "$BATS_TEST_TMPDIR/carried.tar.xz"
	CHECK_SECONDS=0 run --separate-stderr sh scripts/gpu-check run \
	    "$BATS_TEST_TMPDIR/carried/" ceilings ops
	[ "$status" -eq 0 ]
	# for which there was no time
	has ceilings 'skipped +0 +no time is left'
	has ops-bf16 'skipped +0 +no time is left'
	diff -r "$DIR/bin" "$BATS_TEST_TMPDIR/carried/bin"
	[ ! -e "$BATS_TEST_TMPDIR/carried.part" ]
}

@test "gpu-check says what is wrong, goes on, and fails" {
	bad=$BATS_TEST_TMPDIR/bad
	fake ops "$bad" 'echo "ops: error: 3 is not 4"' 'exit 1'
	run --separate-stderr sh "$bad/scripts/gpu-check" run "$bad" ops ceilings
	[ "$status" -eq 1 ]
	has ops-fp32 'WRONG +[0-9]+ +ops: error: 3 is not 4'
	has ceilings ok
	# smoke ends with it
	run --separate-stderr sh "$bad/scripts/gpu-check" run "$bad" smoke \
	    ceilings
	[ "$status" -eq 1 ]
	has smoke-unary-fp32 WRONG
	[[ $output != *softmax* && $output != *ceilings* ]]
	# a training that gives other bits when it is fed otherwise
	mv "$bad/bin/model-train" "$bad/bin/real"
	fake model-train "$bad" 'case $* in *streamed*) set -- "$@" --seed 2;; esac' \
	    'exec real "$@"'
	run --separate-stderr sh "$bad/scripts/gpu-check" run "$bad" feed
	[ "$status" -eq 1 ]
	has held-streamed WRONG
}

@test "a row that hangs is wrong; with the device gone nothing else is tried" {
	bad=$BATS_TEST_TMPDIR/bad
	fake ops "$bad" 'sleep 60'
	ROW_SECONDS=1 run --separate-stderr sh "$bad/scripts/gpu-check" run \
	    "$bad" ops
	[ "$status" -eq 1 ]
	has ops-fp32 'WRONG +[0-9]+ +longer than 1 s'
	has ops-bf16 'WRONG +[0-9]+ +longer than 1 s'
	fake bench-nets "$bad" "[ -e '$BATS_TEST_TMPDIR/asked' ] && exit 1" \
	    "touch '$BATS_TEST_TMPDIR/asked'" 'echo "cuda:0	it"'
	ROW_SECONDS=1 run --separate-stderr sh "$bad/scripts/gpu-check" run \
	    "$bad" ops
	[ "$status" -eq 1 ]
	has ops-fp32 WRONG
	has device 'WRONG +0 +cuda:0 is gone after ops-fp32'
	[[ $output != *ops-bf16* ]]
}

@test "a signal brings the table and the file, and leaves no process" {
	bad=$BATS_TEST_TMPDIR/bad
	fake ops "$bad" "echo \$\$ >'$BATS_TEST_TMPDIR/pid'" 'exec sleep 60'
	OUT=$BATS_TEST_TMPDIR sh "$bad/scripts/gpu-check" run "$bad" ceilings ops \
	    >"$BATS_TEST_TMPDIR/stdout" 2>/dev/null 3>&- &
	for _ in {1..600}; do
		[ ! -s "$BATS_TEST_TMPDIR/pid" ] || break
		sleep 0.05
	done
	kill -TERM $!
	wait $! || status=$?
	[ "$status" -eq 143 ]
	output=$(<"$BATS_TEST_TMPDIR/stdout")
	has ceilings ok
	[[ $(<"$BATS_TEST_TMPDIR/gpu-check.txt") == "$output"* ]]
	for _ in {1..100}; do
		kill -0 "$(<"$BATS_TEST_TMPDIR/pid")" 2>/dev/null || return 0
		sleep 0.05
	done
	false
}

@test "a device that compute-sanitizer refuses is skipped; it is not run unasked" {
	bad=$BATS_TEST_TMPDIR/bad
	fake compute-sanitizer "$bad" \
	    'echo "Error: Device not supported by this tool"' 'exit 1'
	run --separate-stderr sh "$bad/scripts/gpu-check" run "$bad" sanitizer
	[ "$status" -eq 0 ]
	has memcheck-plan 'skipped +[0-9]+ +refused: Error: Device not supported'
	CHECK_SECONDS=0 run --separate-stderr sh "$DIR/scripts/gpu-check" run \
	    "$DIR"
	has same-bits skipped
	[[ $output != *memcheck* ]]
}

@test "a lean pack has what smoke and speed take, no more" {
	sh scripts/gpu-check lean "$BATS_TEST_TMPDIR/lean"
	rm "$BATS_TEST_TMPDIR/lean.tar.xz"
	cd "$BATS_TEST_TMPDIR/lean"
	[ ! -e bin/model-train ] && [ ! -e mnist.tar.gz ]
	[ ! -e bin/nnutils-hdf5.so ] && [ -e nets/lenet-train.prototxt ]
	run --separate-stderr sh scripts/gpu-check run . train ceilings
	[ "$status" -eq 0 ]
	has train 'skipped +0 +programs are not packed'
	has ceilings ok
}

@test "gpu-check refuses a machine without a GPU, and parts it does not know" {
	mkdir "$BATS_TEST_TMPDIR/none"
	cp -r "$DIR/bin" "$DIR/scripts" "$BATS_TEST_TMPDIR/none"
	rm -f "$BATS_TEST_TMPDIR/none/bin/nnutils-cuda.so"
	mkdir "$BATS_TEST_TMPDIR/none/emu"
	run --separate-stderr sh scripts/gpu-check run "$BATS_TEST_TMPDIR/none"
	[ "$status" -eq 1 ]
	[[ $stderr == *"no GPU is found here"*"cuda: "* ]]
	run --separate-stderr sh scripts/gpu-check run "$DIR" everything
	[ "$status" -eq 2 ]
	run sh scripts/gpu-check check "$DIR"
	[ "$status" -eq 2 ]
}

@test "gpu-bench without PyTorch gives ours and the ceilings" {
	PYTHON=false run --separate-stderr sh "$DIR/scripts/gpu-bench" "$DIR" \
	    train mnist
	[ "$status" -eq 0 ]
	has CASE OURS
	has lenet:2:train '[0-9.]+ +img/s .* - -? *- .*>= 10 eager +-'
	has 'mnist: PNG to LeNet, accuracy>=0' '[0-9.]+ +s +< 10 s +(met|MISSED)'
	has 'ceiling: copy' '[0-9.]+ +GB/s'
}

@test "gpu-bench puts the peers beside ours, which comes first" {
	printf '#!/bin/sh\ncase $* in *gpu_torch*) ;; *) exit 0;; esac
case " $* " in *" compiled lenet"*) ;;
*) printf "lenet\\t1\\tinfer\\teager\\t0.001\\t3\\n" ;; esac
printf "lenet\\t1\\tinfer\\tcompiled\\t100000\\t4\\n"\n' \
	    >"$BATS_TEST_TMPDIR/python"
	chmod +x "$BATS_TEST_TMPDIR/python"
	PYTHON=$BATS_TEST_TMPDIR/python run --separate-stderr \
	    sh "$DIR/scripts/gpu-bench" "$DIR" lenet:1:infer
	[ "$status" -eq 0 ]
	has lenet:1:infer '.*0.001 3 +100000 4 .*0.00 +>= 1.00 compiled +MISSED'
	OUT=$BATS_TEST_TMPDIR PYTHON=$BATS_TEST_TMPDIR/python run \
	    --separate-stderr sh "$DIR/scripts/gpu-bench" --peers compiled \
	    "$DIR" lenet:1:infer
	[ "$status" -eq 0 ]
	has lenet:1:infer '.* - - +100000 4 .*MISSED'
	[[ $stderr == *lenet*1*infer*lenet*1*infer*compiled* ]]
	[[ $(<"$BATS_TEST_TMPDIR/gpu-bench.txt") == "$output"* ]]
	run -2 sh scripts/gpu-bench --peers some "$DIR"
	run -2 sh scripts/gpu-bench "$DIR" everything
}

@test "gpu-bench builds the peers' nets from ours" {
	python3 -c 'import torch' 2>/dev/null ||
	    /usr/bin/python3 -c 'import torch' 2>/dev/null || skip "no PyTorch"
	GPU_TORCH_CPU=1 run --separate-stderr sh "$DIR/scripts/gpu-bench" \
	    "$DIR" lenet:2:train
	[ "$status" -eq 0 ]
	has lenet:2:train '[0-9.]+ +img/s .*[0-9.]+ 0 +.*>= 10 eager +(met|MISSED)'
}

@test "gpu-bench feeds records of photos" {
	mkdir -p "$DIR/photos"
	for i in 1 2 3; do
		{ printf 'P6\n64 48\n255\n'; head -c 9216 /dev/urandom; } \
		    >"$DIR/photos/$i.ppm"
	done
	run --separate-stderr sh "$DIR/scripts/gpu-bench" "$DIR" feed
	[ "$status" -eq 0 ]
	has '.*tiny.prototxt:2:train, jpg records' '[1-9][0-9]* +img/s'
	has '.*tiny.prototxt:2:train, none records' '[1-9][0-9]* +img/s'
}
