#!/usr/bin/env bats
# --args: options from a file.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	export NNUTILS_CACHE=$PWD/cache
}

@test "options come from a file or standard input, and operands do not" {
	printf '# as a table\r\ntsv\r\nphase = deploy\r\n' >opts
	[ "$(net-show --args opts lenet)" = "$(net-show --tsv --phase deploy lenet)" ]
	[ "$(net-show --args - lenet <opts)" = "$(net-show --args opts lenet)" ]
	# what comes later counts
	[ "$(net-show --args opts --phase train lenet)" = \
	    "$(net-show --tsv --phase train lenet)" ]
	[ "$(net-show --phase train --args opts lenet)" = \
	    "$(net-show --args opts lenet)" ]
	echo lenet >opts
	run -2 net-show --args opts
	[[ ${lines[0]} == "net-show: opts: line 1: unknown option --lenet"* ]]
}

@test "errors name file and line; a file names no other" {
	printf '\nphaze deploy\n' >opts
	run -2 net-show --args opts lenet
	[[ ${lines[0]} == "net-show: opts: line 2: unknown option --phaze (did you mean --phase?)" ]]
	printf 'phase deplay\n' >opts
	run -2 net-show --args opts lenet
	[[ ${lines[0]} == "net-show: opts: line 1: --phase: 'deplay' is not one of "*" (did you mean deploy?)" ]]
	printf 'args = opts\n' >opts
	run -2 net-show --args opts lenet
	[[ ${lines[0]} == *"opts: line 1: a file of options cannot name another with --args" ]]
	run -4 net-show --args none lenet
	head -c 2000000 /dev/zero | tr '\0' '#' >opts
	run net-show --args opts lenet
	[ "$status" -ne 0 ]
	[[ $output == "net-show: --args: opts: 2000000 bytes are more than the 1048576 allowed"* ]]
}

@test "the file is a dependency, and no output replaces it" {
	mkdir -p in/a in/b
	for i in a/1 a/2 a/3 a/4 b/1 b/2 b/3 b/4; do
		printf 'P5\n1 1\n255\n%s' "${i#*/}" >in/$i.pgm
	done
	printf 'size 1x1\ngray\n' >opts
	run -0 dset-create -q --args opts --duplicates ignore --deps rule -o d in
	grep -q 'opts' rule
	printf 'record 0\n' >opts.png
	run -8 dset-show d/train_db --args opts.png -f -o opts.png
	[ "$(cat opts.png)" = 'record 0' ]
}
