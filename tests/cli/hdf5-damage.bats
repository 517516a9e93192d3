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

@test "a file that may not grow is told where HDF5 writes" {
	small() {
		(ulimit -f "$1" && shift && "$@")
	}
	for n in 4 40 80; do
		fails 'File too large' small $n \
		    dset-create -q --backend hdf5 -o x few
	done
	fails 'File too large' small 400 \
	    model-train -q --solver-file solver.prototxt -o x
}
