#!/usr/bin/env bats
# The committed nets are what scripts/make-nets makes.

@test "the nets that a rule makes are up to date" {
	sh scripts/make-nets "$BATS_TEST_TMPDIR"
	for f in "$BATS_TEST_TMPDIR"/*; do
		cmp "$f" "lib/nn/nets/${f##*/}"
	done
}
