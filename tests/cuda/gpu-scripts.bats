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

@test "gpu-check runs its rows, and what cannot be is skipped" {
	run --separate-stderr sh "$DIR/scripts/gpu-check" run "$DIR" ops \
	    train feed ranks golden ceilings
	[ "$status" -eq 0 ]
	has CHECK RESULT
	for r in ops-fp32 ops-bf16 same-bits resume resume-bf16 learns-fp32 \
	    learns-fp16 held-streamed ceilings; do
		has $r ok
	done
	has ops-bf16 'ok +[0-9]+ +worst [0-9.e-]+'
	has two-ranks ok
	has golden skipped
	has 'bf16 product' '[0-9.e+-]+ TFLOP/s'
	! grep WRONG <<<"$output" || false
}

@test "what was carried as one file is unpacked" {
	mv "$DIR.tar.xz" "$BATS_TEST_TMPDIR/carried.tar.xz"
	run --separate-stderr sh scripts/gpu-check run \
	    "$BATS_TEST_TMPDIR/carried/" ceilings
	[ "$status" -eq 0 ]
	has ceilings ok
	diff -r "$DIR/bin" "$BATS_TEST_TMPDIR/carried/bin"
	[ ! -e "$BATS_TEST_TMPDIR/carried.part" ]
}

@test "gpu-check says what is wrong, goes on, and fails" {
	cp -r "$DIR" "$BATS_TEST_TMPDIR/bad"
	bad=$BATS_TEST_TMPDIR/bad
	printf '#!/bin/sh\necho "ops: error: 3 is not 4"\nexit 1\n' \
	    >"$bad/bin/ops"
	run --separate-stderr sh "$bad/scripts/gpu-check" run "$bad" ops ceilings
	[ "$status" -eq 1 ]
	has ops-fp32 'WRONG +[0-9]+ +ops: error: 3 is not 4'
	has ceilings ok
	printf '#!/bin/sh\nsleep 60\n' >"$bad/bin/ops"
	ROW_SECONDS=1 run --separate-stderr sh "$bad/scripts/gpu-check" run \
	    "$bad" ops
	[ "$status" -eq 1 ]
	has ops-fp32 'WRONG +[0-9]+ +longer than 1 s'
	# a training that gives other bits the second time
	mv "$bad/bin/model-train" "$bad/bin/real"
	printf '#!/bin/sh\ncase $* in *two*) exec real "$@" --seed 2;; esac\nexec real "$@"\n' \
	    >"$bad/bin/model-train"
	chmod +x "$bad/bin/model-train"
	run --separate-stderr sh "$bad/scripts/gpu-check" run "$bad" train
	[ "$status" -eq 1 ]
	has same-bits WRONG
	has learns-fp32 ok
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

@test "gpu-bench puts the peers beside ours" {
	printf '#!/bin/sh\ncase $* in *gpu_torch*) ;; *) exit 0;; esac
printf "lenet\\t1\\tinfer\\teager\\t0.001\\t3\\n"
printf "lenet\\t1\\tinfer\\tcompiled\\t100000\\t4\\n"\n' \
	    >"$BATS_TEST_TMPDIR/python"
	chmod +x "$BATS_TEST_TMPDIR/python"
	PYTHON=$BATS_TEST_TMPDIR/python run --separate-stderr \
	    sh "$DIR/scripts/gpu-bench" "$DIR" lenet:1:infer
	[ "$status" -eq 0 ]
	has lenet:1:infer '.*0.001 3 +100000 4 .*0.00 +>= 1.00 compiled +MISSED'
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
