#!/usr/bin/env bats
# What is no file where a file is wanted, in every program: a sentence, and never
# waited for; and pipes where they are meant.

bats_require_minimum_version 1.5.0

load wait

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 6 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	model-train -q -d "$D/dset" -n lenet -b 4 --device cpu -e 1 -o "$D/m"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkfifo fifo
	cp -r "$D/m" "$D/dset" "$D/few" .
}

# A command that must say so within moments.
says() {
	run timeout 30 "$@"
	echo "$output"
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ]
	[[ "$output" == *"is a FIFO, not a file"* ]]
}

instead_of() {
	rm -f "$1"
	mkfifo "$1"
}

@test "a FIFO as an operand or an option" {
	pic=$(find few -name '*.png' | head -n 1)
	says model-infer -m fifo "$pic"
	says model-infer -m m fifo
	says model-show fifo
	says model-import fifo -o out
	says model-import --weights fifo --net m/deploy.prototxt -o out
	says model-import --weights m/snapshot_iter_3.caffemodel --net fifo -o out
	says model-train -d dset -n fifo -o out
	says model-train -d dset -n lenet -p fifo -o out
	says model-train -d dset -n lenet -p fifo.caffemodel -o out ||
	    [[ "$output" == *"no such"* || "$output" == *"not there"* || "$output" == *"No such"* ]]
	says model-train --solver-file fifo -o out
	says net-show fifo
	[ ! -e out ]
}

@test "a FIFO within a folder" {
	instead_of m/deploy.prototxt
	says model-infer -m m "$(find few -name '*.png' | head -n 1)"
	instead_of m/info.json
	says model-show m
	says model-pack m -o out.tar
	says model-train --resume -o m
	instead_of dset/train_db/data.mdb
	says dset-show dset --stats
	says model-train -d dset -n lenet -o out
	instead_of dset/dataset.json
	says dset-show dset
	[ ! -e out ] && [ ! -e out.tar ]
}

@test "a FIFO among the pictures of a folder is left out, in a list a bad one" {
	mkfifo few/0/x.png
	run timeout 30 dset-create --gray --size 28x28 -o out few
	[ "$status" -eq 0 ]
	[[ "$output" == *"few/0/x.png: a FIFO is left out"* ]]
	find few -name '*.png' | awk -F/ '{ print $0, $2 }' >list
	run timeout 30 dset-create -q --gray --size 28x28 --bad bad --list list -o two
	[ "$status" -eq 1 ]
	grep -q 'x.png.*a FIFO' bad
}

@test "pipes where they are meant" {
	find "$PWD/few" -name '*.png' | sort | sed 's/$/ 0/' >list
	(sleep 0.3; cat list) >fifo &
	timeout 30 model-infer -m m --tsv --list fifo >a
	wait
	timeout 30 model-infer -m m --tsv --list list >b
	cmp a b
	timeout 30 model-infer -m m --tsv --list <(cat list) >a
	cmp a b
	timeout 30 model-infer -m m --tsv --list /dev/stdin <list >a
	cmp a b
	(sleep 0.3; cat list) >fifo &
	timeout 30 dset-create -q --gray --size 28x28 --val 0 -o out --list fifo
	wait
	timeout 30 net-show <(cat m/deploy.prototxt) >a
	net-show m/deploy.prototxt >b
	cmp a b
}

@test "who waits for a pipe stops when it is asked to" {
	exec 7<>fifo # nobody writes
	for cmd in "model-infer -m m --list fifo" "model-infer -m m --list -" \
	    "model-infer -m m /dev/stdin" \
	    "dset-create -q -o out --list fifo"; do
		$cmd <fifo >/dev/null 2>err 3<&- 7<&- &
		pid=$!
		catches $pid
		sleep 0.3 # and so that it waits, most likely
		kill -TERM $pid
		ends $pid
		echo "$cmd: $rc $(cat err)"
		[ "$rc" -eq 75 ]
		grep -q 'stopped by SIGTERM' err
	done
	[ ! -e out ]
	[ "$(ls -A | grep -c tmp)" = 0 ]
}
