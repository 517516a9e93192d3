#!/usr/bin/env bats
# Full disks and files that one may not read: status 5 and the system's reason;
# nothing half-made is left.  Empty and damaged databases are status 3.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	# Leaks cannot be looked for under strace, and libraries leak when writes fail.
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	export NNUTILS_CACHE=$PWD/cache NNUTILS_DEVICE=cpu
	one="few/0/$(ls few/0 | head -n 1)"
	[ -f m.tar ] || model-pack m -o m.tar
}

# The output names files as the user did: no hidden or half-made ones.
unhidden() {
	[[ ! $output =~ (\.(tmp|old)-[0-9a-f]|\.pull(/|:|$)|\.part(:|$)|nnutils-(model|check)-) ]]
}

# full SIZE COMMAND...: with a disk of SIZE at d, in a mount space of its own.
full() {
	local size=$1
	shift
	mkdir -p d
	run unshare -m sh -c "mount -t tmpfs -o size=$size none d || exit 99
	    { $*; } 2>err >out.txt; rc=\$?
	    cat err; find d -name '.*.tmp-*' -printf 'left: %p\\n'; exit \$rc"
	[ "$status" -eq 5 ] && [[ "$output" == *'No space left on device'* ]] &&
	    [[ "$output" != *'left: '* ]] && unhidden ||
	    { echo "$* ($size): $status: $output"; return 1; }
}

can_mount() {
	mkdir -p d
	unshare -m mount -t tmpfs -o size=64k none d 2>/dev/null ||
	    skip "may not mount a small disk"
}

@test "a full disk is named by every program that writes" {
	can_mount
	full 8k dset-create --gray --size 28x28 -o d/x few
	full 64k dset-create --size 64x64 -o d/x few
	full 8k dset-fetch mnist --from raw -o d/x
	full 16k dset-show dset --export d/x
	full 4k dset-show dset --montage d/x.png
	full 28k model-train -d dset -n lenet -e 1 -b 9 -o d/x
	full 256k model-train -d dset -n lenet -e 1 -b 9 -o d/x
	[[ $(tail -n 1 out.txt) == *"  error" ]]
	full 64k model-import m -o d/x
	full 64k model-import m.tar -o d/x
	for e in tar tar.gz tar.bz2 tar.xz zip; do
		full 64k model-pack m -o d/x.$e
	done
	full 64k model-infer -m m few/*/* --outputs conv1 --npy d/x.npy
	full 64k TMPDIR=d model-infer -m m.tar "$one"
	full 64k TMPDIR=d model-show m.tar
	full 64k TMPDIR=d store-index --check store
	full 64k store-pull -s store -o d m
	full 16k net-show googlenet --graph d/x.png
	full 4k net-show googlenet --graph d/x.svg
	full 64k 'model-pack m -o - >d/x'
	full 4k 'dset-show dset --cat >d/x'
	full 4k 'net-show googlenet >d/x'
}

@test "a training on a disk that others fill is Error, with its sentence" {
	can_mount
	mkdir -p d
	run unshare -m sh -c 'mount -t tmpfs -o size=256k none d || exit 99
	    model-train -d dset -n lenet -e 100000 --snapshot-interval 0 \
		--val-interval 0 -b 9 -o d/x >out.txt 2>err & pid=$!
	    until [ -s d/x/train.ndjson ]; do sleep 0.02; done
	    cat /dev/zero >d/fill 2>/dev/null
	    wait $pid; rc=$?
	    job-list --tsv d; tail -n 1 out.txt; exit $rc'
	echo "$output"
	[ "$status" -eq 5 ]
	[[ ${lines[1]} == *Error*'No space left on device'* ]]
	[[ ${lines[2]} == *'  error' ]]
}

@test "a full disk is named where HDF5 writes" {
	can_mount
	for size in 4k 16k 64k 128k; do
		full $size dset-create --backend hdf5 --size 32x32 -o d/x few
	done
	for f in train_val solver; do cp m/$f.prototxt .; done
	sed "s#net: .*#net: \"train_val.prototxt\"#" m/solver.prototxt >solver.prototxt
	echo 'snapshot_format: HDF5' >>solver.prototxt
	full 256k model-train --solver-file solver.prototxt -o d/x
}

@test "a file that may not grow is named as the user named it" {
	for n in 1 8 100; do
		for cmd in "dset-create --backend hdf5 --size 64x64 -o lim/x few" \
		    "dset-create --gray --size 28x28 -o lim/x few" \
		    "dset-show dset --export lim/x" \
		    "model-train -d dset -n lenet -e 1 -b 9 -o lim/x" \
		    "model-import m -o lim/x" "model-import m.tar -o lim/x" \
		    "model-show m.tar" "store-index --check store" \
		    "store-pull -s store -o lim m"; do
			rm -rf lim && mkdir lim
			run sh -c "ulimit -f $n; TMPDIR=lim $cmd"
			[ "$status" -eq 0 ] || unhidden ||
			    { echo "$cmd ($n): $status: $output"; return 1; }
		done
	done
	ln -s "$PWD/lim/real" link
	mkdir lim/real
	run sh -c "ulimit -f 8; exec model-import -f m -o link"
	[ "$status" -eq 5 ]
	[[ "$output" == *' link/'*': File too large' ]]
	rm link
	run env TMPDIR=nowhere model-show m.tar
	[ "$status" -eq 4 ] && [[ "$output" == *'make a folder in nowhere: '* ]]
	# a damaged file in an archive is that archive's, not one of a folder in /tmp
	rm -rf bent && cp -r m bent && echo 'layer {' >bent/deploy.prototxt
	tar -cf bent.tar -C bent .
	run model-infer -m bent.tar "$one"
	[ "$status" -eq 3 ] && unhidden
	[[ "$output" == *bent.tar/deploy.prototxt* ]]
}

@test "what may not be read is not called missing" {
	who=
	if [ "$(id -u)" -eq 0 ]; then
		who='setpriv --reuid 65534 --clear-groups'
		$who true 2>/dev/null || skip "root may read everything"
		chmod o+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" . 2>/dev/null
		$who dset-show -h >/dev/null 2>&1 || skip "others may not run us"
	fi
	rm -rf hid file && mkdir hid file out
	chmod 777 out
	cp -r m raw hid/
	cp -r dset m.tar file/
	echo x >file/plug.so
	chmod 000 hid file/dset/*_db/data.mdb file/m.tar file/plug.so
	for cmd in "model-infer -m hid/m $one" "model-show hid/m" \
	    "model-pack hid/m -o out/x.tar" "model-import hid/m -o out/x" \
	    "net-show hid/m" "model-train -d dset -p hid/m -o out/x" \
	    "model-train -d dset -n hid/m/original.prototxt -o out/x" \
	    "job-list hid/m" "store-pull -s hid/m -o out m" \
	    "zoo-publish --dry-run hid/m" "dset-show hid/m" \
	    "dset-fetch mnist --from hid/raw -o out/x" \
	    "dset-create --size 4 -o out/x hid/m" \
	    "model-infer -m m --db hid/m" "model-infer -m m --list hid/m/x" \
	    "model-import --weights hid/m/x --net m/deploy.prototxt -o out/x" \
	    "model-train --solver-file hid/m/solver.prototxt -o out/x" \
	    "dset-show file/dset" "model-train -d file/dset -n lenet -o out/x" \
	    "model-infer -m file/m.tar $one" "model-import file/m.tar -o out/x" \
	    "net-show --layers file/plug.so lenet"; do
		run $who $cmd
		[ "$status" -eq 5 ] && [[ "$output" == *'Permission denied'* ]] ||
		    { echo "$cmd: $status: $output"; chmod 755 hid; return 1; }
	done
	chmod 755 hid
}

@test "a folder that may not be written into is told before the work" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, to be somebody else"
	who='setpriv --reuid 65534 --clear-groups'
	$who true 2>/dev/null || skip "no setpriv"
	chmod o+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/file" . 2>/dev/null
	$who dset-show -h >/dev/null 2>&1 || skip "others may not run us"
	rm -rf ro && mkdir ro
	cp -r m ro/
	printf -- '---\nname: m\n---\n' >ro/m/readme.md
	for cmd in "store-index ro" "zoo-publish --api http://127.0.0.1:1 ro/m" \
	    "model-infer -m m $one --npy ro/x.npy" "model-pack m -o ro/x.tar" \
	    "dset-create -o ro/x few" "net-show lenet --graph ro/x.svg" \
	    "model-train -d dset -n lenet -o ro/x" "store-pull -s store -o ro m"; do
		run env GITHUB_TOKEN=x HOME=/ $who $cmd
		[ "$status" -eq 5 ] && [[ "$output" == *'Permission denied'* ]] ||
		    { echo "$cmd: $status: $output"; return 1; }
	done
}

@test "empty and damaged databases are status 3 everywhere" {
	rm -rf bad && mkdir bad
	size=$(stat -c %s dset/train_db/data.mdb)
	for kind in empty short cut noise hole; do
		mkdir -p bad/$kind/train_db
		f=bad/$kind/train_db/data.mdb
		case $kind in
		empty) : >$f ;;
		short) head -c 100 dset/train_db/data.mdb >$f ;;
		cut) head -c $((size / 2)) dset/train_db/data.mdb >$f ;;
		noise) head -c "$size" /dev/zero | tr '\0' 'x' >$f ;;
		hole) cp dset/train_db/data.mdb $f
		    dd if=/dev/zero of=$f bs=4096 seek=$((size / 8192)) count=1 \
			conv=notrunc status=none ;;
		esac
	done
	if command -v "${CC:-cc}" >/dev/null; then
		cat >none.c <<-E
		#include <lmdb.h>
		int main(int argc, char **argv)
		{
			MDB_env *e;
			MDB_txn *t;
			MDB_dbi d;
			return argc < 2 || mdb_env_create(&e) ||
			    mdb_env_open(e, argv[1], 0, 0666) ||
			    mdb_txn_begin(e, 0, 0, &t) ||
			    mdb_dbi_open(t, 0, 0, &d) || mdb_txn_commit(t);
		}
		E
		"${CC:-cc}" -o none none.c -llmdb
		mkdir -p bad/none/train_db
		./none bad/none/train_db
	fi
	for d in bad/*; do
		for cmd in "dset-show $d" "dset-show $d/train_db" "dset-show $d --stats" \
		    "dset-show $d --verify" "dset-show $d --cat" \
		    "dset-show $d --export x" "dset-show $d --montage x.png" \
		    "dset-show $d --record 0" "dset-show dset --diff $d" \
		    "model-infer -m m --db $d/train_db" \
		    "model-train -d $d -n lenet -o x"; do
			run $cmd
			[ "$status" -eq 3 ] || { echo "$cmd: $status: $output"; return 1; }
			[ ! -e x ]
		done
	done
}

@test "precision and recall in JSON" {
	run model-infer -q -m m --db dset/val_db --summary --per-class --json
	[ "$status" -eq 0 ]
	python3 - "$output" <<-E
	import json, sys
	s = json.loads(sys.argv[1])['summary']
	assert [c['label'] for c in s['classes']] == ['0', '1', '2'], s
	assert sum(c['images'] for c in s['classes']) == s['images'], s
	assert sum(c['right'] for c in s['classes']) == s['top1'] * s['images'], s
	assert len(s['confusion']) == 3, s
	E
}

@test "an input that may be there is not taken for one that is not" {
	command -v strace >/dev/null || skip "no strace"
	for cmd in "dset/labels.txt dset-show dset --export x" \
	    "dset/train_db dset-show dset" \
	    "dset/mean.binaryproto model-train -d dset -n lenet -o x" \
	    "m/labels.txt model-infer -m m $one" \
	    "m/train.ndjson model-show m"; do
		run strace -f -qq -o /dev/null -P "${cmd%% *}" \
		    -P "$PWD/${cmd%% *}" -e inject=newfstatat,lstat,stat,openat:error=EIO ${cmd#* }
		[ "$status" -eq 5 ] && [[ "$output" == *'Input/output error'* ]] ||
		    { echo "$cmd: $status: $output"; return 1; }
		[ ! -e x ]
	done
}

@test "rows that no disk took are missed" {
	can_mount
	rm -f few.npy
	run unshare -m sh -c "mount -t tmpfs -o size=4k none /tmp || exit 99
	    head -c 8192 /dev/zero >/tmp/fill
	    model-infer -q -m m few/*/* --npy few.npy"
	[ "$status" -eq 5 ] && [[ "$output" == *'No space left on device'* ]]
	[ ! -e few.npy ]
}

@test "a folder that cannot be looked at ends the search for one" {
	command -v strace >/dev/null || skip "no strace"
	run timeout 20 strace -f -qq -o /dev/null -P . \
	    -e inject=newfstatat,lstat:error=EACCES net-show lenet --graph no/x.svg
	[ "$status" -ne 124 ]
	run timeout 20 strace -f -qq -o /dev/null -P . \
	    -e inject=newfstatat,lstat:error=EACCES dset-show dset --export new
	[ "$status" -ne 124 ]
	rm -rf new
}
