#!/usr/bin/env bats
# job-list: what belongs to a folder, and the script that makes it again.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit
	mkdir -p "pic's/a" "pic's/b" tmp
	for c in a b; do
		for i in 1 2 3 4 5 6; do
			printf 'P5 2 2 255 %s%s%s%s' $i $c $i $i >"pic's/$c/$i.pgm"
		done
	done
	cat >net.prototxt <<-'N'
	name: "two"
	layer { name: "data" type: "Data" top: "data" top: "label"
	  data_param { batch_size: 4 } }
	layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
	  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
	layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
	N
	printf 'size = 2x2\nval = 50\n' >options
	dset-create -q --gr --args options --encod none -o "the set" "pic's"
	model-train -q -j1 -d "the set" -n net.prototxt -e 2 --keep 0 -o m --note "it's \"m\" \$HOME"
}

setup() {
	cd "$BATS_FILE_TMPDIR" || exit
	export TMPDIR=$BATS_FILE_TMPDIR/tmp
}

teardown() {
	[ -z "$(ls -A tmp)" ]
}

@test "what is made again is the same, bit for bit" {
	run --separate-stderr job-list --rebuild --check m
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[ "${lines[0]}" = "snapshot_iter_2.caffemodel  the same" ]
	run --separate-stderr job-list --rebuild --check --json "the set"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = '{"name": "train", "same": true}' ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "options are noted in full, also of a file of options; the script works anywhere" {
	grep -q -F '"--gray"' "the set/dataset.json"
	grep -q -F '"--size=2x2"' "the set/dataset.json"
	job-list --rebuild m >script
	cd tmp
	PATH=$PATH sh ../script 'to here' >/dev/null 2>&1
	cmp 'to here/model/snapshot_iter_4.solverstate' ../m/snapshot_iter_4.solverstate
	grep -q -F "it's \\\"m\\\" \$HOME" 'to here/model/info.json'
	rm -r 'to here'
	# It is made only once.
	mkdir -p x/model
	touch x/model/mine
	! sh ../script x >/dev/null 2>&1 || false
	[ -e x/model/mine ]
	rm -r x
}

@test "a training that was gone on with, to more epochs" {
	model-train -q -j1 -d "the set" -n net.prototxt -e 1 -o more
	model-train -q -j1 -o more --resume -e 3
	model-train -q -j1 -o more --resume
	model-train -q -j1 -o more --resume
	[ "$(job-list --rebuild more | grep -c 'model-train.*--resume')" -eq 2 ]
	job-list --rebuild --check more >out 2>err
	grep -q '^snapshot_iter_6.caffemodel  the same' out
}

@test "each model of several by itself" {
	model-train -q -j1 -d "the set" -n net.prototxt -e 1 -o many --lr 0.5,0.125
	job-list --rebuild many/lr0.125 >script
	grep -q -e '--lr=0.125' script
	! grep -q -e '0.5' script || false
	job-list --rebuild --check many/lr0.125 2>/dev/null | grep -q 'the same'
}

@test "another data set, other weights: refused, and what differs is said" {
	cp -r m other
	printf 'x' >>other/snapshot_iter_2.solverstate
	run -8 --separate-stderr job-list --rebuild --check other
	[[ $output == *"snapshot_iter_2.solverstate  differs"* ]]
	[[ $stderr == *"other: 1 of 4 differ"* ]]
	rm other/snapshot_iter_*.caffemodel other/snapshot_iter_*.solverstate
	run -8 job-list --rebuild --check other
	[[ $output == *"nothing to compare"* ]]
	mv "pic's/a/1.pgm" kept
	run -8 --separate-stderr job-list --rebuild --check m
	mv kept "pic's/a/1.pgm"
	[[ $stderr == *"the data set has other records than the model learned from"* ]]
}

@test "weights that it began with are looked at before they are used" {
	cp -r m before
	model-train -q -j1 -d "the set" -p before -e 1 -o after
	job-list --rebuild --check after >out 2>/dev/null
	grep -q 'caffemodel  the same' out
	printf 'x' >>before/snapshot_iter_4.caffemodel
	run -8 --separate-stderr job-list --rebuild --check after
	[[ $stderr == *"before/snapshot_iter_4.caffemodel is another file than it was"* ]]
}

@test "what cannot be made again is said" {
	mkdir -p digits/train_db old
	echo '{"name": "o", "status": "Done"}' >old/info.json
	run -4 job-list --rebuild digits
	run -4 job-list --rebuild old
	[[ $output == *"old: its info.json does not say"* ]]
	run -4 job-list --rebuild nowhere
	echo '{"arguments": [1]}' >old/info.json
	run -3 job-list --rebuild old
	# Papers from elsewhere may name any program.
	echo '{"arguments": ["touch", "ran"]}' >old/info.json
	run -8 job-list --rebuild --check old
	[[ $output == *"touch is no program that makes"* ]]
	echo '{"arguments": ["model-/../../bin/touch", "ran"]}' >old/info.json
	run -8 job-list --rebuild old
	run -2 job-list --rebuild
	run -2 job-list --rebuild m m
	run -2 job-list --rebuild --json m
	find "pic's" -name '*.pgm' | sort | sed 's/.*/& 0/' |
	    dset-create -q --gray --size 2x2 --min-per-class 0 -o piped --list -
	run -8 job-list --rebuild piped
	[[ $output == *"dset-create read standard input (--list=-)"* ]]
}

@test "a data set that does not say how is used as it is, if it is as it was" {
	cp -r "the set" bare
	python3 - <<-'P'
	import json
	d = json.load(open("bare/dataset.json"))
	del d["arguments"]
	json.dump(d, open("bare/dataset.json", "w"))
	P
	model-train -q -j1 -d bare -n net.prototxt -e 1 -o of-bare
	job-list --rebuild of-bare | grep -q -e '--dataset=bare'
	job-list --rebuild --check of-bare 2>/dev/null | grep -q 'the same'
	sed -i 's/"digest": "[^"]*"/"digest": "x"/' bare/dataset.json
	run -8 --separate-stderr job-list --rebuild --check of-bare
	[[ $stderr == *"the data set is another"* ]]
}

@test "a check that is told to stop leaves nothing" {
	cat >model-slow <<-'S'
	#!/bin/sh
	touch started
	exec sleep 60
	S
	cp -r m stopped
	sed -i 's/"model-train"/"model-slow"/; s/"dataset digest"/"x"/' stopped/info.json
	chmod +x model-slow
	PATH=$PWD:$PATH job-list --rebuild --check stopped 2>/dev/null &
	for i in $(seq 200); do
		[ ! -e started ] || break
		sleep 0.05
	done
	kill $!
	status=0
	wait $! || status=$?
	[ "$status" -ne 0 ]
	rm -f started
}

@test "related: data set, weights and children, by what was noted" {
	rel() { job-list --tsv --related "$@" | sed 1d | cut -f1,3 | sort | tr '\t\n' ': '; }
	rm -rf kin
	mkdir kin
	dset-create -q --gray --args options -o kin/set "pic's"
	model-train -q -j1 -d kin/set -n net.prototxt -e 1 -o kin/a
	model-train -q -j1 -d kin/set -p kin/a -e 1 -o kin/b
	[ "$(rel kin/a)" = "child:b dataset:set " ]
	[ "$(rel kin/b)" = "dataset:set pretrained:a " ]
	[ "$(rel kin/set)" = "child:a child:b " ]
	[ "$(rel kin/set tmp)" = "" ]
	job-list --json --related kin/a | grep -q '^{"relation": "dataset", "path": '
	# By its records, wherever it is now; what is gone is said.
	mv kin/set kin/moved
	[ "$(rel kin/moved)" = "child:a child:b " ]
	job-list --tsv --related kin/b | grep -q "^dataset.*Missing"
	run -4 job-list --related nowhere
	run -2 job-list --related
}
