#!/usr/bin/env bats
# Weights that do not belong to the net are never run without a word.

load small

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	small_two m
}

weights() {
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel two "$@"
}

infer() {
	run model-infer --device cpu -m m "$@" x.pgm
	echo "$status: $output"
}

@test "weights that fit answer; a layer that the net has not is no harm" {
	weights ip1:3x16,3 ip2:2x3,2 more:5x5
	infer
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "another net's weights, and a file without any, are refused" {
	weights a:3x16,3 b:2x3,2
	infer --allow-missing
	[ "$status" -eq 3 ]
	[[ "$output" == *"w.caffemodel: is another net's"*'"a"'*'"ip1"'* ]]
	weights ip1: ip2:
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"holds no weights"* ]]
	: >m/w.caffemodel
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"w.caffemodel: is empty"* ]]
}

@test "layers without weights are named: 3, and 1 with --allow-missing" {
	weights ip1:3x16,3
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"no weights for 1 of 2 layers: ip2"*--allow-missing* ]]
	infer --allow-missing --bad bad
	[ "$status" -eq 1 ]
	[[ "$output" == *'layer "ip2" has no weights'* ]]
	[[ "$output" == *x.pgm*%* ]]
	[ "$(wc -l <bad)" -eq 1 ]
}

@test "shapes that differ, a bias that is missing" {
	weights ip1:3x16,3 ip2:2x4,2
	infer --allow-missing
	[ "$status" -eq 3 ]
	[[ "$output" == *'"ip2"'*"2x4 in the weights and 2x3 in the net"* ]]
	weights ip1:3x16,3 ip2:2x3
	infer --allow-missing
	[ "$status" -eq 3 ]
	[[ "$output" == *'"ip2"'*"the bias is missing"* ]]
}

@test "NaN and infinite weights are refused" {
	for v in nan inf -inf; do
		weights ip1:3x16,3=$v ip2:2x3,2
		infer
		[ "$status" -eq 3 ]
		[[ "$output" == *'"ip1"'*"value 24 of 48"* ]]
	done
}

@test "what came in place of the weights is said" {
	weights ip1:3x16,3 ip2:2x3,2
	mv m/w.caffemodel whole
	head -c 100 whole >m/w.caffemodel
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *": cut short at byte 100"* ]]
	printf '\n<!DOCTYPE html><title>404</title>' >m/w.caffemodel
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"is an HTML page"* ]]
	printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\n' 1 \
	    >m/w.caffemodel
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"is a Git LFS pointer"* ]]
	cp whole m/w.caffemodel
	cp m/deploy.prototxt net
	printf '<html>' >m/deploy.prototxt
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"deploy.prototxt: is an HTML page"* ]]
	cp net m/deploy.prototxt
	printf '<html>' >m/labels.txt
	infer
	[ "$status" -eq 3 ]
	[[ "$output" == *"labels.txt: is an HTML page"* ]]
}
