#!/usr/bin/env bats
# make install and uninstall: what is there then, works from there, and goes.

bats_require_minimum_version 1.5.0

# What is built is installed as it is: nothing is made again beside other tests.
do_make() {
	env -u MAKEFLAGS -u MFLAGS make -s -o all "$@" >/dev/null
}

setup() {
	[ "$SAN" = 0 ] || skip "sanitized programs are not installed"
	unset NNUTILS_MODULES
}

@test "DESTDIR and PREFIX may hold blanks; all is readable, nothing has symbols" {
	umask 077
	do_make install DESTDIR="$BATS_TEST_TMPDIR/a stage" PREFIX='/opt/nn utils'
	cd "$BATS_TEST_TMPDIR/a stage/opt/nn utils"
	[ -z "$(find . ! -perm -444)" ]
	[ -z "$(find . -type d ! -perm -555)" ]
	for p in "$OLDPWD"/src/*.c; do
		p=${p##*/}
		[ -x "bin/${p%.c}" ]
		[ -s "share/man/man1/${p%.c}.1" ]
		[ -s "share/bash-completion/completions/${p%.c}" ]
		[ -s "share/zsh/site-functions/_${p%.c}" ]
		[ -s "share/fish/vendor_completions.d/${p%.c}.fish" ]
	done
	[ -s share/man/man5/nnutils-dataset.5 ]
	[ -s share/man/man7/nnutils-images.7 ]
	[ -s share/doc/nnutils/README.md ]
	[ -s share/doc/nnutils/gpu.md ]
	[ -s share/doc/nnutils/examples/mnist/mnist.tar.gz ]
	for f in bin/* lib/nnutils/*.so; do
		! readelf -S "$f" | grep -qE '\.symtab|\.debug_' || { echo "$f"; false; }
	done
	cd "$OLDPWD"
	# who installs says otherwise
	do_make install STRIP= PREFIX="$BATS_TEST_TMPDIR/whole"
	readelf -S "$BATS_TEST_TMPDIR/whole/bin/job-list" | grep -q '\.symtab'
}

@test "an installed tree works from its place, a layer plug-in is built for it" {
	command -v pkg-config >/dev/null || skip "no pkg-config"
	prefix="$BATS_TEST_TMPDIR/in place"
	do_make install PREFIX="$prefix"
	cd "$BATS_TEST_TMPDIR"
	cp -r "$prefix/share/doc/nnutils/examples/plugin-layer" mine
	export PATH=$prefix/bin:$PATH
	export PKG_CONFIG_PATH=$prefix/share/pkgconfig
	run env -u MAKEFLAGS -u MFLAGS make -C mine
	[ "$status" -eq 0 ]
	[[ $output == *BlankSquare* ]]
	[ "$(pkg-config --modversion nnutils)" = "$(net-show -V | sed 's/.* //')" ]
	run net-show -V -v
	[[ $output == *$'\n'"module    $prefix/lib/nnutils/nnutils-hdf5.so"* ]]
}

@test "the installed examples run in a copy of theirs" {
	do_make install PREFIX="$BATS_TEST_TMPDIR/p"
	cp -r "$BATS_TEST_TMPDIR/p/share/doc/nnutils/examples/mnist" \
	    "$BATS_TEST_TMPDIR/mine"
	PATH=$BATS_TEST_TMPDIR/p/bin:$PATH run env -u MAKEFLAGS -u MFLAGS \
	    make -C "$BATS_TEST_TMPDIR/mine" out/digits/dataset.json
	[ "$status" -eq 0 ]
	[ -s "$BATS_TEST_TMPDIR/mine/out/digits/labels.txt" ]
}

@test "uninstall leaves nothing of ours, and what is not ours" {
	prefix="$BATS_TEST_TMPDIR/to go"
	do_make install PREFIX="$prefix"
	mkdir "$prefix/share/doc/nnutils/mine"
	touch "$prefix/lib/nnutils/mine.so" "$prefix/share/doc/nnutils/mine/x"
	do_make uninstall PREFIX="$prefix"
	run find "$prefix" -type f
	[ "$(sort <<<"$output")" = "$prefix/lib/nnutils/mine.so
$prefix/share/doc/nnutils/mine/x" ]
	rm -r "$prefix/lib/nnutils/mine.so" "$prefix/share/doc/nnutils/mine"
	do_make uninstall PREFIX="$prefix"
	[ -z "$(find "$prefix" -type f -o -name '*nnutils*')" ]
	# there was nothing
	do_make uninstall PREFIX="$BATS_TEST_TMPDIR/never"
	[ ! -e "$BATS_TEST_TMPDIR/never" ]
}
