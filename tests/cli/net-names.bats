#!/usr/bin/env bats
# What a net may be called: the same names in every program that takes a net.

bats_require_minimum_version 1.5.0
load small

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_make "$D"
	net-show --upgrade lenet >"$D/lenet.prototxt"
	tar -czf "$D/m.tar.gz" -C "$D/m" .
	tar -cf "$D/m.tar" -C "$D" m
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

# Both programs that take a net take this one, and see LeNet in it.
both() { # NET [FILE for standard input]
	local net=$1 in=${2:-/dev/null}
	net-show "$net" --phase train -b 9 --input 1x28x28 --classes 3 --json \
	    <"$in" >shown || return 1
	grep -q '"layer": "conv2"' shown || return 1
	model-train -q -d "$D/dset" -n "$net" -b 9 -e 1 --device cpu -o new \
	    <"$in" >/dev/null || return 1
	grep -q conv2 new/original.prototxt || return 1
	cmp new/original.prototxt "$D/m/original.prototxt" || return 1
	rm -r new
}

@test "a standard net, also by an alias" {
	both lenet
	both LeNet
}

@test "a prototxt, also from standard input" {
	both "$D/lenet.prototxt"
	both - "$D/lenet.prototxt"
}

@test "a model folder, and archives of it" {
	both "$D/m"
	both "$D/m.tar.gz"
	both "$D/m.tar"
}

@test "what is there goes before a standard net of that name" {
	cp "$D/lenet.prototxt" alexnet
	both alexnet
}

@test "what is not there is said alike" {
	for net in none.prototxt some/folder none.tar.gz lennet x.y; do
		run --separate-stderr net-show "$net"
		[ "$status" -eq 4 ] || { echo "$net: $status"; false; }
		said=${stderr#net-show: }
		run --separate-stderr model-train -d "$D/dset" -n "$net" -o new
		[ "$status" -eq 4 ] || { echo "$net: $status"; false; }
		[ "${stderr#model-train: }" = "$said" ] ||
		    { echo "$stderr"; echo "$said"; false; }
		[ ! -e new ]
	done
}

@test "standard input has one reader" {
	run model-train -q -d "$D/dset" -n - --lr 0.1,0.2 -o new \
	    <"$D/lenet.prototxt"
	[ "$status" -eq 2 ]
	[[ $output == *"-n -"* ]]
	[ ! -e new ]
}
