#!/usr/bin/env bats
# model-train -f: what it replaces, and when; one training in a folder at a time.

load wait

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2 3; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 30 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	export train="model-train -q -d $D/dset --device cpu"
	$train -n lenet -b 20 -e 1 -o "$D/old" >/dev/null
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	new="$train -n lenet -b 20 --lr 0.02"
}

sums() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort)
}

hidden() {
	find . -maxdepth 1 -name ".$1.*" -o -maxdepth 1 -name "$1.new"
}

gone() {
	[ -z "$(hidden "$1")" ]
}

# refused NAME COMMAND...: exit 8, NAME in the sentence, every file as before.
refused() {
	local name=$1 before
	shift
	before=$(sums .)
	run timeout 60 "$@"
	echo "$* -> $status: $output"
	[ "$status" -eq 8 ]
	[[ $output == *"$name"* ]]
	[ "$before" = "$(sums .)" ]
}

hidden_trains() {
	grep -qs '"event": "start"' ".$1".tmp-*/train.ndjson
}

@test "only a model goes, and none that is read" {
	cp -r "$D/old" m
	cp -r "$D/old" n
	cp -r "$D/dset" d2
	ln -s m to-m
	mkdir precious
	echo mine >precious/thesis.txt
	refused precious $new -f -o precious
	refused d2 model-train -q -d d2 -n lenet --device cpu -f -o d2
	refused d2 $new -f -o d2
	refused m $new -f -p m -o m
	refused m $new -f -p to-m -o m
	refused to-m $new -f -p m -o to-m
	refused m/original.prototxt $train -f -n m/original.prototxt -o m
	refused m $train -f -n m -o m
	refused m/snap $new -f -p n,x -p m/snapshot_iter_5.caffemodel -o m
	printf 'net: "m/train_val.prototxt"\nmax_iter: 2\nbase_lr: 0.1\n' >s
	printf 'lr_policy: "fixed"\n' >>s
	refused m model-train -q --device cpu --solver-file s -f -o m
	refused m model-train -q --device cpu --solver-file m/solver.prototxt \
	    -f -o m
	echo mine >m/readme.md
	refused readme.md $new -f -o m
	refused readme.md $new -f -o to-m/
	rm m/readme.md
	mkdir m/b16-lr0.01
	refused b16 $new -f -o m
	rmdir m/b16-lr0.01
	$new -f -e 1 -o to-m >/dev/null
	[ -L to-m ]
	! diff -q "$D/old/snapshot_iter_5.caffemodel" \
	    m/snapshot_iter_5.caffemodel >/dev/null || false
	[ -z "$(hidden m)" ]
}

@test "a net's name is the net, though a model has it, too" {
	$train -n lenet -e 1 -o lenet >/dev/null
	$train -n lenet -e 2 -f -o lenet >/dev/null
	grep -q '"epochs": 2' lenet/info.json
}

@test "the old model stays until the first snapshot; SIGKILL 20 times" {
	cp -r "$D/old" m
	old=$(sums m)
	for k in $(seq 20); do
		$new -e 100000 --snapshot-interval 100000 -f -o m >/dev/null 2>&1 3>&- &
		pid=$!
		[ $((k % 4)) -ne 0 ] || wait_for hidden_trains m
		sleep "0.$((k * 37 % 30 + 10))"
		kill -KILL $pid
		wait $pid 2>/dev/null || true
		[ "$old" = "$(sums m)" ]
	done
	# what they left goes with the next run
	$new -e 1 -f -o m >/dev/null
	[ "$old" != "$(sums m)" ]
	[ -z "$(hidden m)" ]
}

@test "killed at any moment: a whole model, old or new, that goes on" {
	cp -r "$D/old" m
	for k in 1 2 3 4 5 6; do
		$new -e 3 --keep 0 -f -o m >/dev/null 2>&1 3>&- &
		pid=$!
		sleep "0.$((k * 17 % 40 + 15))"
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		model-show -q m >/dev/null
		ls m/snapshot_iter_*.solverstate >/dev/null
		model-train -q -o m --device cpu --resume >/dev/null
		grep -q '"status": "Done"' m/info.json
	done
	$new -e 1 -f -o m >/dev/null
	[ -z "$(hidden m)" ]
}

@test "with the first snapshot the new one is there, and runs on" {
	cp -r "$D/old" m
	$new -e 100000 -f -o m >/dev/null 2>err 3>&- &
	pid=$!
	wait_for grep -q '"status": "Running"' m/info.json
	# older ones go while it runs on
	wait_for sh -c 'ls m/snapshot_iter_*.solverstate'
	# the old one, out of sight by now, goes file by file
	wait_for gone m
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 75 ]
	grep -q '"event": "end"' m/train.ndjson
	! grep -q '"status": "Done"' m/info.json || false
}

@test "a training that fails before it leaves the old one" {
	cp -r "$D/old" m
	old=$(sums m)
	run $train -n lenet -b 20 --lr 1e6 -e 20 --snapshot-interval 20 -f -o m
	[ "$status" -eq 3 ]
	[ "$old" = "$(sums m)" ]
	[ -z "$(hidden m)" ]
}

@test "one training in a folder at a time" {
	$train -n lenet -b 20 -e 1 -o m >/dev/null
	model-train -q -o m --device cpu --resume -e 100000 >/dev/null 2>&1 3>&- &
	pid=$!
	wait_for sh -c '[ "$(grep -c start m/train.ndjson)" -gt 1 ]'
	for i in 1 2; do
		run model-train -q -o m --device cpu --resume -e 100000
		[ "$status" -eq 8 ]
		[[ $output == *"m: another process is using it"* ]]
	done
	run $new -f -o m
	[ "$status" -eq 8 ]
	[[ $output == *"another process"* ]]
	model-pack -q m -o m.tar
	run model-import -q -f m.tar -o m
	[ "$status" -eq 8 ]
	[[ $output == *"another process"* ]]
	kill -KILL $pid
	wait $pid 2>/dev/null || true
	# the lock went with its process
	model-train -q -o m --device cpu --resume -e 2 >/dev/null
	# a new training holds its folder from the beginning
	$train -n lenet -b 20 -e 100000 -o fresh >/dev/null 2>&1 3>&- &
	pid=$!
	wait_for test -e fresh/info.json
	run model-train -q -o fresh --device cpu --resume
	[ "$status" -eq 8 ]
	kill -KILL $pid
	wait $pid 2>/dev/null || true
}

@test "many with one -o: one trains, the others leave with 8" {
	for force in "" -f; do
		rm -f rc? pid?
		for i in 1 2 3 4; do
			( s=0
			sh -c 'echo $$ >"pid$0"; exec "$@"' $i $new -e 100000 $force \
			    -o m >/dev/null 2>"err$i" || s=$?
			echo $s >"rc$i" ) 3>&- &
		done
		wait_for sh -c '[ "$(cat rc? | wc -l)" -eq 3 ]'
		for i in 1 2 3 4; do
			[ -e rc$i ] || catches "$(cat pid$i)"
			[ -e rc$i ] || kill "$(cat pid$i)"
		done
		wait
		cat rc? err?
		[ "$(cat rc? | grep -cx 75)" -eq 1 ]
		[ "$(cat rc? | grep -cx 8)" -eq 3 ]
		ls m/snapshot_iter_*.solverstate
		[ -z "$(hidden m)" ]
	done
}

@test "sweeps: -f replaces each model, --resume goes on with what is there" {
	sweep="$train -n lenet -b 20,30 --lr 0.01 -e 1 -o s"
	$sweep >/dev/null
	echo mine >s/notes.txt
	cp -r s was
	$sweep -f >/dev/null
	[ "$(cat s/notes.txt)" = mine ]
	echo mine >s/b30-lr0.01/notes.txt
	# asked before the first one is trained
	refused notes.txt $sweep -f
	rm s/b30-lr0.01/notes.txt
	run $sweep
	[ "$status" -eq 8 ]
	rm -r s/b30-lr0.01
	refused s/b20 $sweep
	$sweep --resume >/dev/null
	cmp was/b30-lr0.01/snapshot_iter_*.caffemodel \
	    s/b30-lr0.01/snapshot_iter_*.caffemodel
	refused s $new -f -o s
	# two at once
	for i in 1 2 3; do
		( s=0
		$train -n lenet -b 20,30 --lr 0.01 -e 30 -o two >/dev/null \
		    2>"err$i" || s=$?
		echo $s >"rc$i" ) 3>&- &
	done
	wait
	cat rc? err?
	[ "$(cat rc? | sort | tr '\n' ' ')" = "0 8 8 " ]
	[ "$(grep -l '"status": "Done"' two/*/info.json | wc -l)" -eq 2 ]
	[ -z "$(hidden two)" ]
}

@test "names of classes in a folder that is replaced are not the new model's" {
	cp -r "$D/old" m
	: >m/labels.txt # which cannot be read as names
	mkdir solver
	cp "$D/old/solver.prototxt" "$D/old/train_val.prototxt" solver
	mv solver/train_val.prototxt solver/net
	for part in train val; do
		cp -r "$D/dset/${part}_db" solver/$part
		sed -i "s|$D/dset/${part}_db|$PWD/solver/$part|" solver/net
	done
	sed -i 's/train_val.prototxt/net/; s/^max_iter:.*/max_iter: 2/' solver/solver.prototxt
	model-train -q --device cpu --solver-file solver/solver.prototxt -f -o m
	[ ! -e m/labels.txt ]
}
