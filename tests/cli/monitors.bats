#!/usr/bin/env bats
# What others hear of a training: --on-done, --tensorboard, and CSV of train.ndjson.

bats_require_minimum_version 1.5.0
load judges

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit
	mkdir -p pics/a pics/b
	for c in a b; do
		for i in 1 2 3 4 5 6; do
			printf 'P5 2 2 255 %s%s%s%s' $i $c $i $i >pics/$c/$i.pgm
		done
	done
	cat >net.prototxt <<-'N'
	name: "two"
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 4 } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
	layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy"
	  include { stage: "val" } }
	N
	dset-create -q --gray --size 2x2 --val 50 -o set pics
}

setup() {
	cp -r "$BATS_FILE_TMPDIR/set" "$BATS_FILE_TMPDIR/net.prototxt" "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || exit
	events=$BATS_TEST_DIRNAME/tfevents.py
}

train() {
	model-train -q -j1 -d set -n net.prototxt "$@"
}

@test "--on-done: a training that is done" {
	run --separate-stderr train -e 2 -o m --on-done 'env | grep ^NNUTILS_ | sort >env; echo said'
	[ "$status" -eq 0 ]
	[[ $output != *said* ]]
	[[ $stderr == said ]]
	grep -qx "NNUTILS_MODEL=$PWD/m" env
	grep -qx 'NNUTILS_STATUS=Done' env
	grep -qx 'NNUTILS_EXIT=0' env
	grep -qx 'NNUTILS_REASON=done' env
	grep -qx 'NNUTILS_ITERATION=4' env
	grep -qx 'NNUTILS_EPOCH=2' env
	grep -qx 'NNUTILS_SNAPSHOT=snapshot_iter_4.caffemodel' env
	grep -q '^NNUTILS_BEST_SCORE=[01]' env
	grep -q '^NNUTILS_OUTPUTS=.*accuracy=' env
	! grep -q NNUTILS_ERROR env || false
}

@test "--on-done: it fails, and that changes nothing" {
	run --separate-stderr model-train -j1 -d set -n net.prototxt -e 1 -o m --on-done 'exit 5'
	[ "$status" -eq 0 ]
	[[ $stderr == *"--on-done: 'exit 5' ended with status 5"* ]]
	[ -e m/snapshot_iter_2.caffemodel ]
	# The model is whole then, and nobody's.
	train -e 1 -o again --on-done 'job-list --tsv again | cut -f4 >status; model-train -q -j1 -o again --resume'
	grep -qx Done status
}

@test "--on-done: gates, failures, refusals; not where nothing was to begin" {
	note='echo "$NNUTILS_STATUS $NNUTILS_EXIT ${NNUTILS_ERROR-none}" >>ends'
	run -9 train -e 1 -o m --require 'accuracy>=2' --on-done "$note"
	run -8 train -e 1 -o m --on-done "$note"
	run -4 model-train -q -d nowhere -n lenet -o n --on-done "$note"
	run -3 train -e 40 -o nan --lr 1e6 --on-done "$note"
	[ "$(cut -d' ' -f1,2 ends | paste -sd ,)" = "Done 9,Error 8,Error 4,Error 3" ]
	grep -q 'Error 4 .*nowhere' ends
	run -2 train --until nonsense -o x --on-done "$note"
	train -o x --dry-run --on-done "$note"
	[ "$(wc -l <ends)" -eq 4 ]
}

@test "--on-done: stopped by a signal, and by a time budget" {
	model-train -q -j1 -d set -n net.prototxt -e 1000000 -o m --on-done 'echo "$NNUTILS_STATUS $NNUTILS_EXIT $NNUTILS_REASON" >ends' &
	for i in $(seq 400); do
		[ ! -e m/train.ndjson ] || break
		sleep 0.05
	done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 75 ]
	grep -qx 'Aborted 75 SIGTERM' ends
	run -75 train -e 1000000 -o b --time-budget 0.2 --on-done 'echo "$NNUTILS_REASON" >ends'
	grep -qx 'time budget' ends
}

@test "--on-done: each of several models" {
	train -e 1 -o many --lr 0.5,0.125 --on-done 'basename "$NNUTILS_MODEL" >>ends'
	[ "$(sort ends | paste -sd ' ')" = "lr0.125 lr0.5" ]
}

@test "--tensorboard: scalars, samples, weights and the net, each checksum right" {
	train -e 2 -o m/ --tensorboard logs
	[ "$(ls logs)" = m ]
	[[ $(ls logs/m) == events.out.tfevents.*.nnutils ]]
	python3 "$events" logs/m/* >read
	[ "$(head -n 1 read)" = "0 version brain.Event:2" ]
	! grep -q '^cut' read || false
	for it in 2 4; do
		want=$(sed -n "s/.*\"val\", \"iter\": $it,.*\"accuracy\": \([0-9.]*\).*/\1/p" m/train.ndjson)
		want=$(python3 -c 'import sys; print("%.6g" % float(sys.argv[1]))' "$want")
		grep -qx "$it scalar val/accuracy $want" read
		grep -q "^$it histogram ip/0 8 " read
		grep -q "^$it histogram ip/1 2 " read
	done
	grep -q '^[0-9]* scalar train/loss ' read
	grep -qx '[0-9]* scalar train/learning_rate 0.01' read
	grep -q '^0 image first_batch [0-9]*x[0-9]* ' read
	grep -qx '0 node ip InnerProduct data' read
	grep -qx '0 node loss SoftmaxWithLoss ip,data' read
}

@test "--tensorboard: a run that is gone on with is as one that never stopped" {
	train -e 4 -o whole --tensorboard a
	train -e 4 -o whole2 --tensorboard b --until 'accuracy>=0'
	# what a killed run leaves: half an event, and events that came to nothing
	cp b/whole2/* half
	head -c 30 half >>"$(echo b/whole2/*)"
	model-train -q -j1 -o whole2 --resume --tensorboard b
	[ "$(ls b/whole2 | wc -l)" -eq 1 ]
	python3 "$events" b/whole2/* | grep -v images_per_s >read
	! grep -q '^cut' read || false
	python3 "$events" a/whole/* | grep -v images_per_s >want
	grep -E 'val/|histogram|version|node' want >want2
	# (it took a snapshot where it stopped, at 0)
	grep -E 'val/|histogram|version|node' read | grep -v '^0 hist' >read2
	cmp want2 read2
}

@test "--tensorboard: cut off anywhere, what is there is whole" {
	train -e 1 -o m --tensorboard logs
	all=$(wc -c <"$(echo logs/m/*)")
	for n in 1 11 12 40 $((all - 1)); do
		head -c $n logs/m/* >part
		python3 "$events" part | tail -n 1 | grep -qx cut
	done
}

@test "--tensorboard: a folder that cannot be made; a reader of its own" {
	touch file
	run train -e 1 -o m --tensorboard file
	[ "$status" -ne 0 ]
	[ ! -e m ]
}

@test "--tensorboard: TensorBoard's own reader finds all of it" {
	need_readers tensorboard
	train -e 2 -o m --tensorboard logs
	judge - <<-'P'
	import json
	from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
	a = EventAccumulator("logs/m", {"scalars": 0, "images": 0, "histograms": 0})
	a.Reload()
	tags = a.Tags()
	assert set(tags["histograms"]) == {"ip/0", "ip/1"}, tags
	assert tags["images"] == ["first_batch"], tags
	want = [(e["iter"], e["outputs"]["accuracy"]) for e in
	    map(json.loads, open("m/train.ndjson")) if e["event"] == "val"]
	got = [(s.step, s.value) for s in a.Scalars("val/accuracy")]
	assert len(got) == len(want) >= 2, (got, want)
	for (i, v), (k, w) in zip(got, want):
	    assert i == k and abs(v - w) < 1e-6, (got, want)
	for h in a.Histograms("ip/0"):
	    assert h.histogram_value.num == sum(h.histogram_value.bucket) == 8
	for im in a.Images("first_batch"):
	    assert im.encoded_image_string[1:4] == b"PNG" and im.width > 0
	nodes = {n.name: n for n in a.Graph().node}
	assert nodes["ip"].op == "InnerProduct" and nodes["ip"].input == ["data"]
	P
}

@test "train.ndjson as CSV, quoted as RFC 4180 has it" {
	train -e 2 -o 'm, "1"'
	model-plot --csv -s '*' 'm, "1"' >out.csv
	python3 - <<-'P'
	import csv, json
	rows = list(csv.reader(open("out.csv", newline="")))
	assert rows[0] == ["run", "series", "epoch", "iteration", "time", "value"]
	assert all(len(r) == 6 and r[0] == 'm, "1"' for r in rows[1:])
	got = {(int(r[3]), float(r[5])) for r in rows[1:] if r[1] == "val accuracy"}
	want = set()
	for line in open('m, "1"/train.ndjson'):
	    e = json.loads(line)
	    if e["event"] == "val":
	        want.add((e["iter"], e["outputs"]["accuracy"]))
	assert got == want and got, (got, want)
	assert open("out.csv", "rb").read().count(b"\r\n") == len(rows)
	P
	run -2 model-plot --csv --json m
	run -2 model-plot --csv -o x.png m
	[ ! -w /dev/full ] || run -5 sh -c 'model-plot --csv -s "*" m* >/dev/full'
}
