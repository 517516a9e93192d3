#!/usr/bin/env bats
# HDF5 on disks that fail, and HDF5 files that are damaged: a sentence and a
# status, never a crash of libhdf5.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR" || exit
	cp m/train_val.prototxt .
	sed "s#net: .*#net: \"train_val.prototxt\"#" m/solver.prototxt >solver.prototxt
	echo 'snapshot_format: HDF5' >>solver.prototxt
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	# Leaks cannot be looked for under strace, and libraries leak when writes fail.
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	export NNUTILS_CACHE=$PWD/cache NNUTILS_DEVICE=cpu
	rm -rf x
}

# fails REASON COMMAND...: status 5, with the reason; nothing half-made is left.
fails() {
	local why=$1
	shift
	rm -rf x
	run "$@"
	[ "$status" -eq 5 ] && [[ "$output" == *"$why"* ]] &&
	    [ -z "$(find . -name '.*.tmp-*')" ] ||
	    { echo "$*: $status: $output"; return 1; }
}

# at WHICH COMMAND...: that write of HDF5 fails as on a broken disk.
at() {
	local when=$1
	shift
	fails 'Input/output error' strace -f -qq -o /dev/null -e trace=pwrite64 \
	    -e inject=pwrite64:error=EIO:when="$when" "$@"
}

@test "a write of HDF5 that fails is told, whichever it is" {
	command -v strace >/dev/null || skip "no strace"
	strace -f -o /dev/null -e inject=pwrite64:error=EIO:when=1 true ||
	    skip "strace may not trace"
	for n in 1 2 4 1+ 3+; do
		at $n dset-create -q --gray --size 28x28 --backend hdf5 -o x few
	done
	for n in 1 2 7 3+; do
		at $n model-train -q --solver-file solver.prototxt -o x
	done
}

@test "a file that may not grow is told where HDF5 or LMDB write" {
	small() {
		(ulimit -f "$1" && shift && "$@")
	}
	for n in 4 5 8 15 21 40 80; do
		for backend in hdf5 lmdb; do
			fails 'File too large' small $n dset-create -q \
			    --backend $backend --encoding none -o x few
			[[ "$output" == *' x/train_db'* ]]
		done
	done
	fails 'File too large' small 400 \
	    model-train -q --solver-file solver.prototxt -o x
}

@test "a file on which libhdf5 crashes is damaged data" {
	broken=$BATS_TEST_DIRNAME/../../../shared/data/broken
	[ -d "$broken" ] || skip "no broken files here"
	rm -rf set w model && mkdir -p set/train_db w
	cp "$broken/hdf5-set-607.h5" set/train_db/0.h5
	echo 0.h5 >set/train_db/list.txt
	cp "$broken/caffemodel-308.caffemodel.h5" w/w.caffemodel.h5
	cp -r m model
	rm model/*.caffemodel
	cp w/w.caffemodel.h5 model/snapshot_iter_3.caffemodel.h5
	for cmd in "dset-show set" "dset-show set/train_db" "dset-show set --stats" \
	    "dset-show set --verify" "dset-show set --export x" \
	    "model-train -d set -n lenet -o x" "model-infer -m m --db set/train_db" \
	    "model-train -d dset -n lenet -p w/w.caffemodel.h5 -o x" \
	    "model-import --weights w/w.caffemodel.h5 --net m/deploy.prototxt -o x" \
	    "model-show model" "model-pack model -o x.tar" \
	    "model-infer -m model $(echo few/0/*)"; do
		run $cmd
		[ "$status" -eq 3 ] && [[ "$output" == *"is damaged: libhdf5"* ]] &&
		    [[ "$output" == *'set/train_db/0.h5'* ||
			"$output" == *w/w.caffemodel.h5:* ||
			"$output" == *model/snapshot_iter_3.caffemodel.h5:* ]] ||
		    { echo "$cmd: $status: $output"; return 1; }
	done
}

@test "a write of the layer HDF5Output that fails is told" {
	command -v strace >/dev/null || skip "no strace"
	strace -f -o /dev/null -e inject=pwrite64:error=EIO:when=1 true ||
	    skip "strace may not trace"
	cp train_val.prototxt output.prototxt
	cat >>output.prototxt <<-E
	layer { name: "out" type: "HDF5Output" bottom: "ip2" bottom: "label"
	  hdf5_output_param { file_name: "out.h5" } include { phase: TRAIN } }
	E
	sed 's#train_val#output#; s#snapshot_format.*##' solver.prototxt >output.solver
	model-train -q --solver-file output.solver -o x
	[ -s out.h5 ]
	for n in 1 3+; do
		at $n model-train -q --solver-file output.solver -o x
		[[ "$output" == *'write out.h5'* ]]
	done
}
