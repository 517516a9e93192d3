#!/usr/bin/env bats
# Files of ONNX that are not taken: each is refused with what is wrong and where, and
# leaves nothing behind.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	BAD=$BATS_TEST_DIRNAME/../golden/onnx/bad
	cp "$BAD"/*.onnx .
}

# refused STATUS FILE WORDS: by all programs that take models
refused() {
	run --separate-stderr net-show "$2"
	[ "$status" -eq "$1" ]
	[ -z "$output" ]
	# shellcheck disable=SC2154
	[[ "$stderr" = *"$2: "*"$3"* ]]
	run --separate-stderr model-import "$2" -o made
	[ "$status" -eq "$1" ]
	[[ "$stderr" = *"$2: "*"$3"* ]]
	[ ! -e made ]
}

@test "numbers in files that lie outside of the model's folder" {
	printf 'secret!!' >../secret.bin
	refused 8 above.onnx '"../secret.bin", which leads out'
	refused 8 absolute.onnx '"/etc/passwd", which leads out'
	ln -s ../secret.bin link.bin
	refused 8 link.onnx '"link.bin", a link that leads out'
	rm ../secret.bin
}

@test "numbers beside the model: too few, and as many as it says" {
	refused 4 short.onnx 'short.bin'
	printf 'abcd' >short.bin
	refused 3 short.onnx 'its data are 0 bytes'
	printf 'abc' >short.bin
	refused 3 short.onnx 'begin at 4'
	# 1.0 and 2.0
	printf 'abcd\0\0\200\77\0\0\0\100' >short.bin
	model-import short.onnx -o m -q
	net-show m >out
	grep -q '^y.* Bias' out
	# a link within the folder is fine
	mv short.bin other.bin
	ln -s other.bin short.bin
	net-show short.onnx >out
}

@test "graphs that cannot be: cycles, names of nothing, names twice" {
	refused 3 cycle.onnx 'node "first" (Add): its input "b"'
	refused 3 dangling.onnx 'node "sum" (Add): its input "nowhere"'
	refused 3 twice.onnx '"y" is made more than once'
}

@test "operators that are not there, and what cannot be said beforehand" {
	refused 3 unknown.onnx 'node "odd" (Frobnicate): operator Frobnicate'
	refused 3 foreign.onnx 'of the domain "com.example"'
	refused 3 choice.onnx 'node "which" (If)'
	refused 3 text.onnx 'type string'
}

@test "a small file that asks for all memory" {
	refused 3 bomb.onnx 'node "much" (ConstantOfShape)'
}

@test "what is no file of ONNX, or a part of one" {
	echo '<!DOCTYPE html><html><body>not found</body></html>' >page.onnx
	refused 3 page.onnx 'is an HTML page'
	: >empty.onnx
	refused 3 empty.onnx 'the file is empty'
	head -c 50 unknown.onnx >cut.onnx
	refused 3 cut.onnx 'cut short'
	printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n' >lfs.onnx
	refused 3 lfs.onnx 'is a Git LFS pointer'
	printf '\10\10' >blank.onnx
	refused 3 blank.onnx 'it has no graph'
	run net-show absent.onnx
	[ "$status" -eq 4 ]
}
