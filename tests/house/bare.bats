#!/usr/bin/env bats
# scripts/bare where it cannot be done, and what make lint does without CUDA.

bats_require_minimum_version 1.5.0

@test "scripts/bare says loudly what it lacks; in CI that is a failure" {
	printf '#!/bin/sh\necho 1000\n' >"$BATS_TEST_TMPDIR/id"
	chmod +x "$BATS_TEST_TMPDIR/id"
	CI='' PATH=$BATS_TEST_TMPDIR:$PATH run -77 sh scripts/bare bookworm true
	[[ $output == "bare: bookworm: SKIPPED: it takes root" ]]
	CI=true PATH=$BATS_TEST_TMPDIR:$PATH run -1 sh scripts/bare bookworm true
	[[ $output == "bare: bookworm: FAILED: it takes root" ]]
}

@test "scripts/bare says why there is no Debian, and leaves nothing" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	unshare --mount --pid --fork true || skip "no namespaces"
	command -v apt-get >/dev/null || skip "no apt"
	cd "$BATS_TEST_TMPDIR"
	mkdir bin tmp
	printf '#!/bin/sh\nmkdir -p "$4/debootstrap"\necho "no suite $3 at $5" >"$4/debootstrap/debootstrap.log"\nexit 1\n' \
	    >bin/debootstrap
	chmod +x bin/debootstrap
	TMPDIR=$PWD/tmp PATH=$PWD/bin:$PATH run -1 \
	    sh "$OLDPWD/scripts/bare" nowhere true
	[[ $output == *"no suite nowhere at "*"nowhere: FAILED: debootstrap" ]]
	[ -z "$(ls tmp)" ]
	! grep -q "$PWD" /proc/mounts || false
}

@test "where CUDA is not, its headers are no finding" {
	mkdir "$BATS_TEST_TMPDIR/obj"
	sed -e '/^CUDA =/s/1/0/' -e '/^NVINC/d' "$OBJ/config.mk" \
	    >"$BATS_TEST_TMPDIR/obj/config.mk"
	ln -s "$PWD/$OBJ/gen" "$BATS_TEST_TMPDIR/obj/gen"
	# a compiler that cannot find them
	printf '#!/bin/sh\ncase $* in *rt_int.h|*rt_dnn.h) exit 1;; esac\nexec %s "$@"\n' \
	    "$CC" >"$BATS_TEST_TMPDIR/cc"
	chmod +x "$BATS_TEST_TMPDIR/cc"
	CC=$BATS_TEST_TMPDIR/cc OBJ=$BATS_TEST_TMPDIR/obj run sh scripts/lint alone
	[ "$status" -eq 0 ]
	[[ $output == *"without CUDA, 2 headers are left out"*"alone ok" ]]
}
