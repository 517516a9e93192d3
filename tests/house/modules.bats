#!/usr/bin/env bats
# What is opened only when it is asked for, and what is said where it is absent.

bats_require_minimum_version 1.5.0

@test "no program loads HDF5, curl's company or a GPU library at start" {
	for p in src/*.c; do
		p=${p##*/}
		run ldd "$BIN/${p%.c}"
		[ "$status" -eq 0 ]
		case $output in
		*libhdf5*|*libcuda*|*libcudnn*|*libldap*) echo "$p"; false ;;
		esac
	done
}

@test "without its module, HDF5 is an error that says what is missing" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$BIN/dset-show" "$BATS_TEST_TMPDIR/bin"
	printf '0.h5\n' >"$BATS_TEST_TMPDIR/list.txt"
	NNUTILS_MODULES='' run -4 "$BATS_TEST_TMPDIR/bin/dset-show" \
	    "$BATS_TEST_TMPDIR"
	[[ $output == *"nnutils-hdf5.so is not built or not installed"* ]]
}

@test "an installed program finds its modules in ../lib/nnutils" {
	[ "$SAN" = 0 ] || skip "sanitized programs are not installed"
	cd "$BATS_TEST_TMPDIR"
	mkdir -p bin lib/nnutils src/a src/b
	cp "$OLDPWD/$BIN/dset-create" "$OLDPWD/$BIN/dset-show" bin
	cp "$OLDPWD/$BIN/nnutils-hdf5.so" lib/nnutils
	for i in a/1 a/2 a/3 b/4 b/5 b/6; do
		printf 'P5\n1 1\n255\n%s' "${i#*/}" >src/$i.pgm
	done
	bin/dset-create -q --backend hdf5 --size 1x1 --gray -o d src
	run bin/dset-show d/train_db
	[[ $output == *hdf5* ]]
}

@test "a module of another version is refused, not called" {
	[ "$SAN" = 0 ] || skip "one compiler without sanitizers is enough"
	cd "$BATS_TEST_TMPDIR"
	mkdir old
	printf 'const struct { int abi; void *rest[64]; } backend_cuda = { -1 };\n' |
	    $CC -shared -fPIC -x c -o old/nnutils-cuda.so -
	NNUTILS_MODULES=old run -7 "$OLDPWD/$BIN/net-show" --memory \
	    --device cuda lenet
	[[ $output == *"old/nnutils-cuda.so is of another version"* ]]
}
