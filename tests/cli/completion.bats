#!/usr/bin/env bats
# Completion, typed into each shell that is here.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir digits
	touch diary.txt
}

# typed SHELL SETUP: a few lines, one after the other
typed() {
	local p scripts='' u=$'\x15'
	command -v "$1" >/dev/null || skip "no $1"
	for p in net-show model-train dset-fetch dset-create model-bench job-list; do
		"$p" --completion="$1" >"$p.$1"
		scripts+="source ./$p.$1; "
	done
	run -0 python3 "$BATS_TEST_DIRNAME/keys.py" "$1" "$2 $scripts" \
	    "net-show --phase=tr\\t${u}model-train --no-shuf\\t${u}model-train -d di\\t${u}net-show cifar10-f\\t${u}dset-fetch fash\\t${u}dset-create --resize half\\t${u}model-train --help=sol\\t${u}model-train --device re\\t${u}model-bench --precision fp32,b\\t${u}model-train --sweep lr-pol\\t${u}model-train --sweep lr-policy=cos\\t${u}job-list --kind da\\t"
	echo "$output"
	[[ $output == *'net-show --phase=train'* ]]
	[[ $output == *'model-train --no-shuffle'* ]]
	[[ $output == *'model-train -d digits/'* ]]
	[[ $output == *'net-show cifar10-full'* ]]
	[[ $output == *'dset-fetch fashion-mnist'* ]]
	[[ $output == *'dset-create --resize half-crop'* ]]
	[[ $output == *'model-train --help=solver'* ]]
	[[ $output == *'model-train --device ref'* ]]
	[[ $output == *'model-bench --precision fp32,bf16'* ]]
	[[ $output == *'model-train --sweep lr-policy='* ]]
	[[ $output == *'model-train --sweep lr-policy=cosine'* ]]
	[[ $output == *'job-list --kind dataset'* ]]
}

@test "bash completes options, choices, nets, devices, folders and topics" {
	typed bash ''
}

@test "zsh completes options, choices, nets, devices, folders and topics" {
	typed zsh 'autoload -U compinit; compinit -D -u;'
}

@test "fish completes options, choices, nets, devices, folders and topics" {
	typed fish ''
}

@test "the names that dset-fetch completes are those it has" {
	export NNUTILS_CACHE=$PWD/cache
	words=$(dset-fetch --completion=fish | sed -n "2s/.*-a '\(.*\)'.*/\1/p")
	[ -n "$words" ]
	for w in $words; do
		run dset-fetch "$w" --offline -o "none-$w"
		[[ $output != *"not a known data set"* ]]
	done
	run dset-fetch no-such-set --offline -o none
	[[ $output == *"not a known data set"* ]]
}

@test "each program has a script for each shell" {
	local p n=0
	for p in "$BATS_TEST_DIRNAME"/../../src/*.c; do
		p=$(basename "$p" .c)
		for shell in bash zsh fish; do
			"$p" --completion=$shell >script
			[ -s script ]
			n=$((n + 1))
		done
	done
	[ $n -gt 30 ]
}
