#!/usr/bin/env bats
# model-infer with a LeNet trained on a part of the pictures the project ships.

load wait

setup_file() {
	export D=$BATS_FILE_TMPDIR
	mkdir "$D/in"
	tar -xf examples/mnist/mnist.tar.gz -C "$D/in"
	src=$(find "$D/in" -type d -name train | head -n 1)
	mkdir "$D/few"
	for c in 0 1 2 3; do
		mkdir "$D/few/$c"
		find "$src/$c" -name '*.png' | sort | head -n 80 |
		    xargs -I{} cp {} "$D/few/$c/"
	done
	dset-create -q --gray --size 28x28 --encoding none -o "$D/dset" "$D/few"
	model-train -q -d "$D/dset" -n lenet -b 20 -e 8 --device cpu -o "$D/m"
	export M="model-infer -q -m $D/m --device cpu"
}

@test "one picture" {
	run $M --top 2 "$D/few/1/$(ls "$D/few/1" | head -n 1)"
	[ "$status" -eq 0 ]
	[[ "$output" == *"  1 "*%* ]]
	[ "${#lines[@]}" -eq 1 ]
}

@test "validation accuracy is that of the training" {
	want=$(grep '"event": "val"' "$D/m/train.ndjson" | tail -n 1 |
	    sed 's/.*"accuracy": \([0-9.e-]*\).*/\1/')
	run $M --json --summary --db "$D/dset/val_db"
	[ "$status" -eq 0 ]
	got=$(printf '%s\n' "$output" | sed 's/.*"top1": \([0-9.e-]*\).*/\1/')
	awk -v a="$want" -v b="$got" 'BEGIN { exit !(a - b < 1e-6 && b - a < 1e-6) }'
}

@test "lists: order, labels, confusion matrix, gates" {
	: >"$D/list"
	for c in 3 0 2 1; do
		for f in $(ls "$D/few/$c" | head -n 9); do
			echo "$D/few/$c/$f $c" >>"$D/list"
		done
	done
	run $M --tsv --list "$D/list" --confusion "$D/c.tsv" -f
	[ "$status" -eq 0 ]
	printf '%s\n' "${lines[@]}" | head -n 36 | cut -f 1 >"$D/got"
	sed 's/ [0-9]*$//' "$D/list" | cmp - "$D/got"
	[ "$(wc -l <"$D/c.tsv")" -eq 5 ]
	run $M --summary --list "$D/list" --require 'top1>=0.5'
	[ "$status" -eq 0 ]
	run $M --summary --list "$D/list" --require 'top1>=1.1'
	[ "$status" -eq 9 ]
	run $M --summary --list "$D/list" --per-class --mistakes 3 --confusion "$D/c.png"
	[ "$status" -eq 0 ]
	[ -s "$D/c.png" ]
}

@test "batches do not change the answers" {
	ls "$D"/few/*/*.png | head -n 50 >"$D/names"
	$M --tsv -b 1 - <"$D/names" >"$D/b1"
	$M --tsv -b 7 - <"$D/names" >"$D/b7"
	$M --tsv -b 64 -j 1 - <"$D/names" >"$D/b64"
	cut -f 1,2 "$D/b1" | cmp - <(cut -f 1,2 "$D/b7")
	cut -f 1,2 "$D/b1" | cmp - <(cut -f 1,2 "$D/b64")
}

@test "a pipe gets its answer before the next name is known" {
	mkfifo "$D/in.fifo"
	$M - <"$D/in.fifo" >"$D/out" & pid=$!
	exec 9>"$D/in.fifo"
	ls "$D"/few/0/*.png | head -n 1 >&9
	wait_for test -s "$D/out"
	[ "$(wc -l <"$D/out")" -eq 1 ]
	ls "$D"/few/1/*.png | head -n 1 >&9
	exec 9>&-
	wait $pid
	[ "$(wc -l <"$D/out")" -eq 2 ]
}

@test "NUL-separated names with odd characters" {
	cp "$D/few/0/$(ls "$D/few/0" | head -n 1)" "$D/a b
c.png"
	run sh -c "printf '%s\0' '$D/a b
c.png' | $M -0 -"
	[ "$status" -eq 0 ]
}

@test "bad pictures are named, the others go on" {
	echo nonsense >"$D/bad.png"
	good=$(ls "$D"/few/0/*.png | head -n 1)
	run $M --bad "$D/bad.ndjson" "$good" "$D/bad.png" "$D/missing.png" "$good"
	[ "$status" -eq 1 ]
	[ "$(printf '%s\n' "$output" | grep -c "^$good")" -eq 2 ]
	[ "$(wc -l <"$D/bad.ndjson")" -eq 2 ]
	run $M --max-bad 0 "$good" "$D/bad.png" "$good"
	[ "$status" -eq 3 ]
}

@test "outputs as arrays; tensors as they are" {
	$M --npy "$D/o.npy" --outputs prob "$D"/few/0/*.png
	head -c 6 "$D/o.npy" | grep -q NUMPY
	$M --npy "$D/two.npy" --outputs prob,ip1 "$D"/few/0/*.png
	[ -s "$D/two.prob.npy" ]
	[ -s "$D/two.ip1.npy" ]
}

@test "what is wrong is said" {
	run $M
	[ "$status" -eq 2 ]
	run model-infer -m "$D/nowhere" x.png
	[ "$status" -eq 4 ]
	run $M --outputs nothing "$(ls "$D"/few/0/*.png | head -n 1)"
	[ "$status" -eq 4 ]
	run $M --db "$D/few"
	[ "$status" -ne 0 ]
	run $M --list "$D/nolist"
	[ "$status" -eq 4 ]
}
