#!/usr/bin/env bats
# stat(2) that fails for another reason than that nothing is there: whatever is
# looked at, the command fails, or does what it would have done.

load small

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
}

setup() {
	command -v strace >/dev/null || skip "no strace"
	cd "$BATS_FILE_TMPDIR" || exit
	[ "${SAN:-0}" != 1 ] || export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	export NNUTILS_CACHE=$PWD/cache NNUTILS_DEVICE=cpu
	rm -rf "$BATS_TEST_TMPDIR"/*
}

# made OUT: what was made, and what it says; dataset.json tells the time.
made() {
	cat said
	[ -z "$1" ] || find "$1" ! -name dataset.json -printf '%P %y\n' | LC_ALL=C sort
	[ -z "$1" ] || find "$1" -type f ! -name dataset.json -print0 |
	    LC_ALL=C sort -z | xargs -0 sha256sum
}

# looks OUT COMMAND...: each look at a path, by its number among the calls, fails
# once; a command that is refused leaves OUT as it is even so.  The command runs in
# $BATS_TEST_TMPDIR/w, a copy of what is there.
looks() {
	local out=$1 k here=$BATS_FILE_TMPDIR rc whole n=0
	shift
	cd "$BATS_TEST_TMPDIR" || return
	begin() {
		rm -rf w && mkdir w && cp -rp "$here/m" "$here/store" w/ &&
		    ln -s "$here/few" "$here/dset" "$here/raw" w/ && cd w || exit
	}
	whole=$(begin; "$@" >said; made "$out")
	rc=$(begin; "$@" >/dev/null && echo $? || echo $?)
	(begin; strace -qq -o ../calls -e trace=newfstatat "$@" >/dev/null || true)
	for k in $(awk -v home="$here" '/resumed|unfinished/ { next } { n++ }
	    /AT_FDCWD, "[^\/]/ || index($0, "\"" home) { print n }' calls); do
		n=$((n + 1))
		(
			begin
			got=0
			strace -qq -o ../injected -e trace=newfstatat \
			    -e inject=newfstatat:error=EIO:when="$k" "$@" \
			    >said 2>err || got=$?
			grep -q INJECTED ../injected || exit 0
			[ "$got" -ne "$rc" ] && [ "$rc" -eq 0 ] ||
			    [ "$(made "$out")" = "$whole" ] || {
				echo "$*: another result, with status $got, of"
				grep INJECTED ../injected
				exit 1
			}
			[ "$got" -eq 0 ] || [ "$got" -eq "$rc" ] || [ -s err ] || {
				echo "$*: status $got without a word"
				exit 1
			}
		) || return 1
	done
	[ "$n" -ge 1 ]
}

@test "model-pack" {
	looks out.tar model-pack -q m -o out.tar
}

@test "model-import" {
	looks out model-import -q m -o out
}

@test "-f never replaces an input" {
	looks m model-import -q -f -o m m
	looks m model-pack -q -f -o m/deploy.prototxt m
}

@test "model-show" {
	looks "" model-show --json m
}

@test "job-list" {
	looks "" job-list --tsv .
}

@test "store-index" {
	looks store store-index -q store
	looks store store-index -q --message hello store
}

@test "store-pull, store-list" {
	looks got store-pull -q -s store -o got m
	looks "" store-list --tsv store
	looks "" store-list --tsv .
}

@test "dset-show" {
	looks "" dset-show dset
	looks "" dset-show --verify dset
	looks d dset-show --deps d --deps-target t dset
}

@test "dset-fetch" {
	looks out dset-fetch -q mnist --from raw -o out
}

@test "model-infer" {
	looks "" model-infer --tsv -m m dset/val.txt
}

@test "a folder that cannot be listed to its end is not a smaller one" {
	cd "$BATS_FILE_TMPDIR"
	for k in 1 2 3 4 5 6 7 8; do
		rm -rf out
		got=0
		strace -qq -o injected -e trace=getdents64 \
		    -e inject=getdents64:error=EIO:when=$k \
		    dset-create -q --gray --size 28x28 -j 1 -o out few 2>err || got=$?
		grep -q INJECTED injected || break
		[ "$got" -ne 0 ] || cmp out/train.txt dset/train.txt
		[ "$got" -eq 0 ] || [ -s err ]
	done
	[ "$k" -gt 4 ]
}
