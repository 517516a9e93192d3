#!/usr/bin/env bats
# Under GNU make -j: slots are taken where the recipe has them; where it has the
# words in MAKEFLAGS only, that is said once.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset MAKEFLAGS MFLAGS NNUTILS_THREADS
	mkdir -p raw s/a s/b
	for c in a b; do
		for i in 1 2 3; do
			printf 'P5 2 2 255 %s%s%s%s' $i $c $i $i >s/$c/$i.pgm
		done
	done
}

# recipe PREFIX [OPTIONS]: make -j3 with such a recipe; its stderr in err.  A make
# that would hand its slots to all by a fifo (4.4) is asked for the older pipe.
recipe() {
	printf 'd:\n\t%sdset-create --gray --size 2x2 -o d s %s\n' "$1" "$2" >Makefile
	rm -rf d
	style=
	! make --help | grep -q jobserver-style || style=--jobserver-style=pipe
	make -s -j3 $style >out 2>err
	[ -d d ]
}

@test "without + it is said, once" {
	recipe ''
	[ "$(grep -c 'job slots are not open' err)" -eq 1 ]
	grep -q "using $(nproc) threads" err
}

@test "with +, with -j of its own, with -q, or without -j: nothing to say" {
	recipe +
	! grep -q slots err || false
	recipe '' -j2
	! grep -q slots err || false
	recipe '' -q
	! grep -q slots err || false
	NNUTILS_THREADS=2 recipe ''
	! grep -q slots err || false
	rm -rf d
	make -s >out 2>err
	! grep -q slots err || false
}

@test "a fifo, as make 4.4 has it, and its invalid words" {
	mkfifo jobs
	exec 7<>jobs
	printf '+++' >&7
	MAKEFLAGS=" -j4 --jobserver-auth=fifo:$PWD/jobs" \
	    dset-create --gray --size 2x2 -o d s 2>err
	! grep -q slots err || false
	# The slots are there again.
	head -c 3 <&7 >got
	[ "$(cat got)" = +++ ]
	exec 7>&-
	rm jobs
	for auth in "fifo:$PWD/jobs" -2,-2 98,99; do
		MAKEFLAGS=" -j4 --jobserver-auth=$auth" \
		    dset-create -f --gray --size 2x2 -o d s 2>err
		[ "$(grep -c 'job slots are not open' err)" -eq 1 ]
	done
}
