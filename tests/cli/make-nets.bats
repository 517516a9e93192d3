#!/usr/bin/env bats
# The committed nets are what scripts/make-nets makes.

@test "the nets that a rule makes are up to date" {
	sh scripts/make-nets "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	for f in *.prototxt */*.prototxt; do
		cmp "$f" "$OLDPWD/lib/nn/nets/$f"
	done
}
