#!/usr/bin/env bats
# examples/mnist: from pictures to answers, for two epochs.

@test "the recipe runs, learns, and has nothing to do the second time" {
	cd "$BATS_TEST_DIRNAME/../../examples/mnist" || exit
	set -- EPOCHS=2 'GATE=top1>=0.8' OUT="$BATS_TEST_TMPDIR/out"
	make "$@" all >"$BATS_TEST_TMPDIR/log"
	grep -q '4908 train, 1000 val' "$BATS_TEST_TMPDIR/log"
	grep -q '^1000 images, top-1 ' "$BATS_TEST_TMPDIR/log"
	[ "$(grep -c '^mnist/test/' "$BATS_TEST_TMPDIR/log")" -eq 3 ]
	make "$@" all | grep -q dset-create && return 1
	make "$@" -q "$BATS_TEST_TMPDIR/out/lenet/info.json"
	touch "$BATS_TEST_TMPDIR/out/mnist/train/3/$(ls "$BATS_TEST_TMPDIR/out/mnist/train/3" | head -n 1)"
	make "$@" -n all >"$BATS_TEST_TMPDIR/log"
	grep -q '^dset-create' "$BATS_TEST_TMPDIR/log"
	grep -q '^model-train' "$BATS_TEST_TMPDIR/log"
	[ "$(ls "$BATS_TEST_TMPDIR/out")" = "$(printf 'digits\ndigits.d\nlenet\nlenet.d\nmnist')" ]
}
