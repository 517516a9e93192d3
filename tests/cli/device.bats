#!/usr/bin/env bats
# --device: what is listed, what is said where a device is missing, and that no
# library of a device is opened before somebody wants it.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir -p "$D/in/a" "$D/in/b" "$D/bin"
	for i in 1 2 3 4; do
		printf 'P5\n2 2\n255\n%s' "a$i$i." >"$D/in/a/$i.pgm"
		printf 'P5\n2 2\n255\n%s' "$i..b" >"$D/in/b/$i.pgm"
	done
	dset-create -q --gray --size 2x2 --encoding none -o "$D/dset" "$D/in"
	cat >"$D/net.prototxt" <<-'END'
	layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: 2 }
	  exclude { stage: "deploy" } }
	layer { name: "input" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } include { stage: "deploy" } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss"
	  exclude { stage: "deploy" } }
	layer { name: "softmax" type: "Softmax" bottom: "ip" top: "softmax"
	  include { stage: "deploy" } }
	END
	model-train -q -d "$D/dset" -n "$D/net.prototxt" -e 1 --device cpu \
	    -o "$D/m"
	# Programs that find no module beside them.
	cp "$BIN/model-train" "$BIN/model-infer" "$D/bin"
	export LIBRARIES='libcud|libcublas|libnccl|libmpi|libhdf5|libnvidia|nnutils-'
}

# train PROGRAM OPTION...
train() {
	p=$1
	shift
	rm -rf "$D/x"
	"$p" -q -d "$D/dset" -n "$D/net.prototxt" -e 1 -o "$D/x" "$@"
}

# files COMMAND...: the files that the loader opened for it.
files() {
	rm -f "$D"/loaded*
	LD_DEBUG=files LD_DEBUG_OUTPUT=$D/loaded "$@" >/dev/null 2>&1 </dev/null ||
	    { echo "failed: $*"; return 1; }
	cat "$D"/loaded.* >"$D/loaded"
	grep -q 'libc\.so' "$D/loaded"
}

# is_one_sentence PATTERN: of the last run.
is_one_sentence() {
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ -z "$output" ]
	[[ $stderr =~ $1 ]] || { echo "$stderr"; false; }
}

@test "--device list needs nothing else" {
	run --separate-stderr model-train --device list
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ ${lines[0]} =~ ^DEVICE\ +NAME\ +ARCH\ +UNITS\ +MEMORY\ +FREE ]]
	[[ $output == *$'\n'cpu\ *oneDNN* ]]
	[[ $output == *$'\n'ref\ *loops* ]]
	for p in model-infer net-show; do
		run $p --device=list
		[ "$status" -eq 0 ]
		[[ $output == *$'\n'cpu\ * ]]
	done
	# of any other device they are still asked for
	run -2 model-train --device cpu
	run -2 model-infer --device cpu
}

@test "--device list for programs: columns, and NDJSON with numbers" {
	run --separate-stderr model-infer --device list --tsv
	[ "$status" -eq 0 ]
	for line in "${lines[@]}"; do
		[ "$(tr -dc '\t' <<<"$line" | wc -c)" -eq 7 ]
	done
	grep -q "^cpu	.*	$(nproc --all)	\|^cpu	.*	$(nproc)	" <<<"$output"
	model-train --device list --json | python3 -c '
import json, sys
d = {j["device"]: j for j in map(json.loads, sys.stdin)}
assert 1e8 < d["cpu"]["free"] <= d["cpu"]["memory"], d
assert d["cpu"]["software"].startswith("oneDNN ")
assert d["ref"]["memory"] is None'
}

@test "--device list tells of a GPU" {
	[ -e "$OBJ/emu/nnutils-cuda.so" ] || skip "the emulator is not built"
	NNUTILS_MODULES=$OBJ/emu run --separate-stderr model-train --device list
	[[ ${lines[1]} == "cuda:0  "* ]]
	[ -z "$stderr" ]
}

@test "--device list says under -v alone why there is no GPU" {
	NNUTILS_MODULES='' run --separate-stderr "$D/bin/model-train" \
	    --device list
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	NNUTILS_MODULES='' run --separate-stderr "$D/bin/model-train" \
	    --device list -v
	[ "$status" -eq 0 ]
	[[ $stderr == *"cuda: no GPU support"* ]]
	[[ $output != *$'\n'cuda* ]]
}

@test "without a driver, --device cuda is status 7 and a sentence" {
	[ -e "$BIN/nnutils-cuda.so" ] || skip "no GPU module is built"
	[ ! -e /dev/nvidiactl ] || skip "this machine has a GPU"
	want='^(model|net)-[a-z]+: .*(NVIDIA driver|NVIDIA GPU).*--device cpu'
	export NNUTILS_MODULES=$BIN
	for device in cuda cuda:3; do
		run --separate-stderr train model-train --device $device
		[ "$status" -eq 7 ]
		is_one_sentence "$want"
		run --separate-stderr model-infer -m "$D/m" --device $device \
		    "$D/in/a/1.pgm"
		[ "$status" -eq 7 ]
		is_one_sentence "$want"
		run --separate-stderr net-show lenet --memory --device $device
		[ "$status" -eq 7 ]
		is_one_sentence "$want"
	done
	[ ! -e "$D/x" ]
	NNUTILS_DEVICE=cuda run --separate-stderr train model-train
	[ "$status" -eq 7 ]
	is_one_sentence "$want"
	[ ! -e "$D/x" ]
}

@test "without the module, --device cuda is status 7 and a sentence" {
	mkdir -p "$D/empty"
	export NNUTILS_MODULES=$D/empty
	for device in cuda cuda:3; do
		run --separate-stderr train "$D/bin/model-train" \
		    --device $device
		[ "$status" -eq 7 ]
		is_one_sentence '^model-train: .*no GPU support .*--device cpu'
		run --separate-stderr "$D/bin/model-infer" -m "$D/m" \
		    --device $device "$D/in/a/1.pgm"
		[ "$status" -eq 7 ]
		is_one_sentence '^model-infer: .*no GPU support .*--device cpu'
	done
	train "$D/bin/model-train"
}

@test "no name of a device but a known one" {
	for device in gpu cuda: cuda:x cuda:64 cpu:1 ''; do
		run --separate-stderr train model-train --device "$device"
		[ "$status" -eq 7 ]
		is_one_sentence "^model-train: device $device:"
	done
}

@test "programs that run no net open no library of a device" {
	files net-show lenet
	! grep -E "$LIBRARIES" "$D/loaded" || false
	files model-show "$D/m"
	! grep -E "$LIBRARIES" "$D/loaded" || false
	files dset-show "$D/dset"
	! grep -E "$LIBRARIES" "$D/loaded" || false
	for p in src/*.c; do
		p=${p##*/}
		files "${p%.c}" --help
		! grep -E "$LIBRARIES" "$D/loaded" || { echo "$p"; false; }
	done
}

@test "nor do training and inference on the CPU" {
	files train model-train --device cpu
	! grep -E "$LIBRARIES" "$D/loaded" || false
	files model-infer -m "$D/m" --device cpu "$D/in/a/1.pgm"
	! grep -E "$LIBRARIES" "$D/loaded" || false
	files model-train -d "$D/dset" --device ref -n "$D/net.prototxt" -e 1 \
	    -o "$D/ref"
	! grep -E "$LIBRARIES" "$D/loaded" || false
}

@test "nor does --device auto where no driver is" {
	[ ! -e /dev/nvidiactl ] || skip "this machine has a GPU"
	[ ! -e /dev/dxg ] || skip "this machine has a GPU"
	files train model-train
	! grep -E "$LIBRARIES" "$D/loaded" || false
	files model-infer -m "$D/m" "$D/in/a/1.pgm"
	! grep -E "$LIBRARIES" "$D/loaded" || false
}

@test "the search for a library would be seen" {
	[ -e "$BIN/nnutils-cuda.so" ] || skip "no GPU module is built"
	files model-train --device list
	grep -qE "$LIBRARIES" "$D/loaded"
}
