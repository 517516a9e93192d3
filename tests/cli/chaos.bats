#!/usr/bin/env bats
# A little of scripts/chaos; and that it sees what it is there to see.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || exit
	command -v python3 >/dev/null || skip "no python3"
	bin=$(dirname "$(command -v dset-create)")
}

chaos() {
	run sh scripts/chaos --keep "$BATS_TEST_TMPDIR/keep" "$@"
	echo "$output"
}

# A folder of our programs, of which one is what is on stdin.
with() { # PROGRAM
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$bin"/* "$BATS_TEST_TMPDIR/bin/"
	rm "$BATS_TEST_TMPDIR/bin/$1"
	sed "s#REAL#$bin/$1#" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

@test "kills, failing calls, pairs, broken files, hostile servers" {
	# A sanitizer aborts where memory is refused; broken files are read by
	# sanitized programs anyway where those are built.
	[ "${SAN:-0}" != 1 ] || skip "no failing calls under a sanitizer"
	chaos --bin "$bin" --count 25
	[ "$status" -eq 0 ]
	[[ "$output" == *'kill: runs '*25* ]]
	[[ "$output" == *'mutate: files'* ]]
	[[ "$output" == *' 0 found' ]]
}

@test "chaos sees a program that writes in place" {
	with net-show <<-'E'
	#!/usr/bin/env python3
	import subprocess, sys, time
	a = sys.argv[1:]
	out = [x for x in a if x.endswith(('.svg', '.png'))]
	if not out:
	    sys.exit(subprocess.call(['REAL'] + a))
	if subprocess.call(['REAL'] + [x if x not in out else '.new' + x[-4:] for x in a]):
	    sys.exit(3)
	data = open('.new' + out[0][-4:], 'rb').read()
	with open(out[0], 'wb', 0) as f:
	    for i in range(0, len(data), 500):
	        f.write(data[i:i + 500])
	        time.sleep(0.001)
	import os
	os.unlink('.new' + out[0][-4:])
	E
	chaos --bin "$BATS_TEST_TMPDIR/bin" --only kill --like net-graph --count 60
	[ "$status" -eq 1 ]
	[[ "$output" == *'FOUND 0: net-graph, '*'is not what it would have been'* ]]
}

@test "chaos sees crashes, silence and deafness" {
	with dset-create <<-'E'
	#!/usr/bin/env python3
	import os, random, signal, subprocess, sys
	rc = subprocess.call(['REAL'] + sys.argv[1:])
	if rc:
	    r = sum(os.getcwd().encode()) % 3
	    if r == 0:
	        os.kill(os.getpid(), signal.SIGSEGV)
	    if r == 1:
	        sys.exit(77)
	sys.exit(rc)
	E
	chaos --bin "$BATS_TEST_TMPDIR/bin" --only mutate --like list --count 60
	[ "$status" -eq 1 ]
	[[ "$output" == *'died of signal 11'* ]]
	[[ "$output" == *'status 77'* ]]
	[ -s "$BATS_TEST_TMPDIR/keep/found-0/what" ]
}

@test "chaos is called rightly" {
	chaos --only kills
	[ "$status" -eq 2 ]
}
