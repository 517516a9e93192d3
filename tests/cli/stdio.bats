#!/usr/bin/env bats
# Every program with its standard descriptors closed, full or without a reader:
# no message gets into a file, and a result that nobody receives is status 5.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
	printf -- '---\nname: m\ngist_id: 0123456789abcdef0123\n---\n' \
	    >"$BATS_FILE_TMPDIR/m/readme.md"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	export NNUTILS_CACHE=$PWD/cache TMPDIR=$PWD
	printer=(
		'dset-create --gray --size 28x28 -o new/d few'
		'dset-fetch mnist --from raw -o new/f'
		'dset-show dset'
		'dset-show dset --cat'
		'dset-show dset --record 0 -o -'
		'job-list .'
		'model-bench m --device cpu --runs 1 --warmup 0 --starts 0'
		'model-infer -m m --device cpu few/0'/$(ls few/0 | head -n 1)
		'model-pack m -o -'
		'model-export m --safetensors -'
		'model-plot m'
		'model-show m'
		'model-train -d dset -n lenet -e 1 -b 9 --device cpu -o new/m'
		'net-show lenet'
		'nnutils help net-show'
		'net-show lenet --upgrade'
		'net-show lenet --graph -'
		'store-index store'
		'store-list store'
		'store-pull -s store -o new m'
		'zoo-fetch --list'
		'zoo-publish --dry-run m'
	)
	silent=('model-import m -o new/i')
}

# each HOW: run every printer in a shell with HOW behind it; 5 is wanted.
each() {
	local cmd status
	for cmd in "${printer[@]}"; do
		rm -rf new
		mkdir new
		status=0
		timeout 60 bash -c "$cmd $1" || status=$?
		[ "$status" -eq 5 ] || {
			echo "$cmd $1: $status"
			return 1
		}
	done
}

@test "all programs are tried" {
	for src in "$BATS_TEST_DIRNAME"/../../src/*.c; do
		name=$(basename "$src" .c)
		printf '%s\n' "${printer[@]}" "${silent[@]}" | grep -q "^$name " ||
		    { echo "$name"; return 1; }
	done
}

@test "stdout closed" {
	each '>&- 2>err'
	grep -q 'it is closed\|Bad file descriptor' err
}

@test "stdout and stderr closed: data sets, models and archives are sound" {
	each '>&- 2>&-'
	rm -rf new
	mkdir new
	dset-create --gray --size 28x28 -o new/d few >&- 2>&- || true
	dset-show new/d --verify
	! grep -c dset-create new/d/train_db/data.mdb || false
	model-train -d dset -n lenet -e 1 -b 9 --device cpu -o new/m >&- 2>&- || true
	! grep -v '^{.*}$' new/m/train.ndjson || false
	model-infer -q -m new/m --device cpu few/0/*.png --npy new/a.npy >&- 2>&- || true
	[ "$(head -c 6 new/a.npy | tail -c 5)" = NUMPY ]
	model-import m -o new/i <&- >&- 2>&-
	model-infer -m new/i --device cpu few/0/*.png <&- >/dev/null
	model-pack m -o new/p.tar.gz <&- >&- 2>&-
	gzip -t new/p.tar.gz
}

@test "stdout is a full disk" {
	[ -c /dev/full ] || skip "no /dev/full"
	for cmd in "${printer[@]}"; do
		rm -rf new
		mkdir new
		status=0
		timeout 60 bash -c "$cmd >/dev/full 2>err" || status=$?
		[ "$status" -eq 5 ] && grep -q 'No space left on device' err ||
		    { echo "$cmd: $status"; cat err; return 1; }
	done
}

@test "stdout has lost its reader" {
	for cmd in "${printer[@]}"; do
		rm -rf new pipe
		mkdir new
		mkfifo pipe
		# Opened for both, then only for writing: no reader is left.
		status=0
		timeout 60 bash -c "exec 3<>pipe 4>pipe 3>&-; $cmd >&4 2>err" || status=$?
		[ "$status" -eq 5 ] && grep -q 'Broken pipe' err ||
		    { echo "$cmd: $status"; cat err; return 1; }
	done
	rm pipe
}

@test "stdin closed is no file that was opened later" {
	run bash -c 'model-infer -m m --device cpu - <&- 2>&1'
	[ "$status" -eq 5 ]
	run bash -c 'dset-create -o new/x --list - <&- 2>&1'
	[ "$status" -eq 5 ]
}

@test "what streams stops when nobody listens" {
	for _ in $(seq 400); do ls few/*/*.png; done >many
	run bash -c 'model-infer -q -m m --device cpu - <many 2>err | head -n 1
	    echo "${PIPESTATUS[0]}"'
	[ "${lines[1]}" -eq 5 ]
	grep -q 'Broken pipe' err
}
