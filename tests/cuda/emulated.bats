#!/usr/bin/env bats
# The CUDA backend with loops of this machine in place of the GPU (lib/cuda/host):
# every op against ref in every precision, and the doors of the real module.

emulated() {
	NNUTILS_MODULES=$OBJ/emu "$OBJ/tests/graph/ops" --device cuda "$@"
}

@test "every op is ref's in fp32" {
	emulated --precision fp32
}

@test "every op is ref's in bf16 and fp16" {
	emulated --precision bf16
	emulated --precision fp16
}

@test "every op is ref's behind a convolution, with channels last" {
	emulated --precision fp32 --as layers
	emulated --precision bf16 --as layers
	emulated --precision fp16 --as layers
}

@test "a library without fused engines gives the same" {
	export NNUTILS_EMULATE_UNFUSED=1
	emulated --precision fp32 --op conv
	emulated --precision fp32 --op matmul
	emulated --precision bf16 --op conv
}

@test "whole plans, without fused engines too" {
	NNUTILS_EMULATE_UNFUSED=1 "$OBJ/tests/cuda/plan"
}

@test "a measured plan says what the real one takes" {
	NNUTILS_MODULES=$OBJ/emu "$OBJ/tests/train/need" --device cuda
}

@test "--device cuda without a driver exits 7 and says what to do" {
	[ -e "$BIN/nnutils-cuda.so" ] || skip "no GPU module is built"
	[ ! -e /dev/nvidiactl ] || skip "this machine has a GPU"
	export NNUTILS_MODULES=$BIN
	run "$OBJ/tests/graph/ops" --device cuda
	[ "$status" -ne 0 ]
	[[ "$output" == *"driver"*"--device cpu"* || "$output" == *"no NVIDIA GPU"* ]]
}

@test "programs load no CUDA library before a GPU is asked for" {
	for p in dset-create model-train model-infer net-show; do
		run ldd "$BIN/$p"
		[[ "$output" != *libcud* && "$output" != *libcublas* ]]
	done
	LD_DEBUG=files "$BIN/net-show" lenet >"$BATS_TEST_TMPDIR/net" 2>&1 || true
	grep -q libc.so "$BATS_TEST_TMPDIR/net"
	run grep -E 'libcud|libcublas|nnutils-cuda' "$BATS_TEST_TMPDIR/net"
	[ "$status" -eq 1 ]
}
