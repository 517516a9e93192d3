#!/usr/bin/env bats
# model-plot: curves of trainings, as pictures, characters and numbers.

bats_require_minimum_version 1.5.0
load small.bash

setup_file() {
	small_make "$BATS_FILE_TMPDIR"
	cd "$BATS_FILE_TMPDIR" || exit
	model-train -q -d dset -n lenet -b 6 -e 3 --lr 1e-3,2e-3 --device cpu -o sweep >/dev/null
	cp -r sweep/lr0.001 lenet
	cat >caffe.log <<-'E'
	I1105 00:00:01.0 2 solver.cpp:247] Iteration 0, Testing net (#0)
	I1105 00:00:02.0 2 solver.cpp:298]     Test net output #0: accuracy = 0.25
	I1105 00:00:03.0 2 solver.cpp:191] Iteration 0, loss = 4
	I1105 00:00:04.0 2 solver.cpp:191] Iteration 100, loss = 2
	I1105 00:00:05.0 2 solver.cpp:191] Iteration 200, loss = 1
	I1105 00:00:06.0 2 solver.cpp:247] Iteration 200, Testing net (#0)
	I1105 00:00:07.0 2 solver.cpp:298]     Test net output #0: accuracy = 0.75
	E
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	cp -r "$BATS_FILE_TMPDIR/lenet" "$BATS_FILE_TMPDIR/sweep" "$BATS_FILE_TMPDIR/caffe.log" .
}

@test "the examples of the page" {
	model-plot lenet >text
	grep -q 'val accuracy (right)' text
	grep -q '  epoch$' text
	model-plot lenet -o lenet.svg
	grep -q '<svg' lenet.svg
	model-plot sweep -s 'val accuracy' --title 'Learning rates' -o sweep.png
	# the width and height of a PNG
	[ "$(od -An -tx1 -j16 -N8 sweep.png)" = ' 00 00 03 84 00 00 02 58' ]
	model-plot lenet -s loss,val_loss -s images/s --log --x time -o speed.pdf
	[ "$(head -c 5 speed.pdf)" = %PDF- ]
	model-plot --tsv lenet -s 'val*' >lenet.tsv
	[ "$(head -1 lenet.tsv)" = "$(printf 'run\tseries\tepoch\titeration\ttime\tvalue')" ]
	[ "$(cut -f2 lenet.tsv | sort -u | tr '\n' ,)" = 'series,val accuracy,val loss,' ]
}

@test "lists of rates make a sweep, also where a shell writes out its models" {
	grep -q '"kind": "sweep"' sweep/sweep.json
	model-plot --list sweep >names
	grep -q '^lr ' names
	model-plot --list sweep/* >names
	grep -q '^sweep/lr0.001' names
	! grep -q json names || false
}

@test "the same twice is the same file" {
	for e in png svg pdf; do
		model-plot caffe.log -o a.$e
		model-plot caffe.log -o b.$e
		cmp a.$e b.$e
		run model-plot caffe.log -o a.$e
		[ "$status" -eq 8 ]
		model-plot -f caffe.log -o a.$e
	done
}

@test "points as NDJSON, and the names of series" {
	model-plot --json caffe.log >out
	[ "$(grep '"series": "loss"' out | tail -1)" = \
	    '{"run": "caffe.log", "series": "loss", "epoch": null, "iteration": 200, "time": 4, "value": 1}' ] ||
		{ cat out; false; }
	model-plot --list --json caffe.log >out
	[ "$(wc -l <out)" -eq 2 ]
	grep -q '"series": "val accuracy", "points": 2, "last": 0.75}' out
	grep -q '"series": "loss", "points": 3, "last": 1' out
	model-plot --list lenet | grep -q '^lenet  *images/s '
}

@test "logs from a pipe, tables, several runs" {
	model-plot - <caffe.log | grep -q '100 %\|80 %'
	printf 'epoch,loss,val_loss\n1,3,4\n2,2,3\n' >history.csv
	model-plot history.csv caffe.log -s '*loss' -o two.svg
	model-plot history.csv | grep -q 'val_loss'
	NO_COLOR=1 COLUMNS=60 model-plot caffe.log >out
	[ "$(awk '{ if (length > m) m = length } END { print m <= 60 }' out)" -eq 1 ]
}

@test "what is wrong is said, and nothing is left" {
	bad() { # STATUS SENTENCE ARGUMENT...
		want=$1 say=$2
		shift 2
		run model-plot "$@"
		echo "$output"
		[ "$status" -eq "$want" ] && [[ "$output" == *"$say"* ]] && [ ! -e x.png ]
	}
	mkdir empty
	printf '<!DOCTYPE html><html>' >page
	printf 'epoch,loss\n1,high\n' >word.csv
	printf 'epoch,loss\n1,2,3\n' >wide.csv
	: >nothing
	bad 4 'has no train.ndjson' empty -o x.png
	bad 4 'no such file' gone -o x.png || bad 4 'No such file' gone -o x.png
	bad 3 'is an HTML page' page -o x.png
	bad 3 'word.csv:2: loss is "high", no number' word.csv -o x.png
	bad 3 'wide.csv:2: more cells than the 2 named' wide.csv -o x.png
	bad 4 'nothing was measured' nothing -o x.png
	bad 4 'no series is called "speed"' caffe.log -s speed -o x.png
	bad 4 'nothing to draw over this axis' caffe.log --x epoch -o x.png
	bad 2 'is named twice' caffe.log caffe.log -o x.png
	bad 3 'too few for this chart' caffe.log --size 100x100 -o x.png
	bad 2 '' caffe.log -o x.gif
	printf 'epoch,loss\n1,1e308\n2,-1e308\n' >away.csv
	bad 4 'nothing to draw' away.csv -o x.png
	bad 2 'only once' --live -
	bad 2 '--output is a picture, --json prints' --json caffe.log -o x.png
	bad 0 '--smooth has no effect beside --tsv' --tsv --smooth 0.5 caffe.log
}

@test "live: a training that was killed, and a log of DIGITS" {
	cp -r lenet killed
	sed -i 's/"status": "Done"/"status": "Running"/' killed/info.json
	sed -i '/"event":"end"/d' killed/train.ndjson
	timeout 20 model-plot --live killed -o killed.png
	mkdir digits
	cp caffe.log digits/caffe_output.log
	cp lenet/info.json digits
	timeout 20 model-plot --live digits -o digits.png
	model-plot --list digits | grep -q '^digits  *val accuracy'
}

@test "live: drawn again as it grows, until the end" {
	head -n 3 lenet/train.ndjson >start
	mkdir grows
	cp start grows/train.ndjson
	timeout 20 model-plot --live grows -o live.png &
	for _ in $(seq 100); do [ -e live.png ] && break; sleep 0.1; done
	cp live.png first.png
	cp lenet/train.ndjson grows/train.ndjson
	wait $!
	! cmp -s first.png live.png || false
}
