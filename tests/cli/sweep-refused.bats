#!/usr/bin/env bats
# model-train --sweep: what is refused, what -f replaces, models that fail, plots.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	. tests/cli/sweep.bash
	make_inputs "$D/dset" "$D/net"
	cd "$D" || exit
	"${train[@]}" --sweep lr=0.01,0.002 -o done >/dev/null
}

setup() {
	mkdir "$BATS_TEST_TMPDIR/w"
	cd "$BATS_TEST_TMPDIR/w" || exit
	cp -r "$D/done" "$D/dset" "$D/net" .
}

train=(model-train -q -d dset -n net --input-scale 0.01 -e 2 --device cpu -j 1)

# refused STATUS WORDS COMMAND...: ends so, says that, and leaves all as it was.
refused() {
	local status_=$1 words=$2
	shift 2
	find . -type f ! -name '*sums' -exec sha256sum {} + | sort >before.sums
	run --separate-stderr "-$status_" "$@"
	[[ "$stderr" == *"$words"* ]] || {
		echo "$stderr" >&2
		return 1
	}
	find . -type f ! -name '*sums' -exec sha256sum {} + | sort >after.sums
	cmp before.sums after.sums
}

@test "other options than at first are named" {
	refused 8 'done is a sweep that was begun with --epochs 2, not with 3: -f replaces it' \
	    "${train[@]}" -e 3 --sweep lr=0.01,0.002 -o done
	refused 8 'begun without --crop, not with 3' "${train[@]}" --crop 3 --sweep lr=0.01,0.002 -o done
	refused 8 'begun without --seed, not with 4' "${train[@]}" --seed 4 --sweep lr=0.01,0.002 -o done
	refused 8 'begun with --input-scale 0.01, not without' \
	    model-train -q -d dset -n net -e 2 --device cpu --sweep lr=0.01,0.002 -o done
	refused 8 'other values of --lr' "${train[@]}" --sweep lr=0.01,0.003 -o done
	refused 8 'other values of --lr' "${train[@]}" --sweep lr=0.01 -o done
	refused 8 'other values of --solver' \
	    "${train[@]}" --sweep lr=0.01,0.002 --sweep solver=sgd,adam -o done
	refused 8 'begun with --epochs 2, not with 3' \
	    "${train[@]}" -e 3 --sweep lr=0.01,0.002 -o done --sweep-make x.mk
	# what says only where and how fast is not compared
	"${train[@]}" -j 2 --device cpu --time-budget 1h --sweep lr=0.01,0.002 -o done --resume >/dev/null
}

@test "a folder that is something else, and a broken sweep.json" {
	mkdir other
	echo mine >other/notes.txt
	refused 8 'other exists and is no sweep' "${train[@]}" --sweep lr=0.1,0.2 -o other
	refused 8 'other exists and is no sweep' "${train[@]}" --sweep lr=0.1,0.2 -o other -f
	refused 8 'done/lr0.01 exists and is no sweep' "${train[@]}" --sweep lr=0.1,0.2 -o done/lr0.01
	refused 8 'net is not a folder' "${train[@]}" --sweep lr=0.1,0.2 -o net
	echo mine >done/notes.txt
	refused 8 notes.txt "${train[@]}" --sweep lr=0.1,0.2 -o done -f
	rm done/notes.txt
	mv done/lr0.01 kept
	mkdir done/lr0.01
	echo mine >done/lr0.01/notes.txt
	refused 8 'done/lr0.01 is there, and is no model' "${train[@]}" --sweep lr=0.01,0.002 -o done
	refused 8 'done/lr0.01 is there, and is no model' "${train[@]}" --sweep lr=0.1 -o done -f
	rm -r done/lr0.01
	mv kept done/lr0.01
	for text in '{' '[]' '{"kind": "x"}' '{"kind": "sweep", "axes": [{"option": "lr"}],
	    "members": [{"name": "../dset", "values": {"lr": "1"}}]}'; do
		echo "$text" >done/sweep.json
		refused 3 done/sweep.json "${train[@]}" --sweep lr=0.01,0.002 -o done
		refused 8 done/sweep.json "${train[@]}" --sweep lr=0.01,0.002 -o done -f
		run -3 model-plot done
	done
}

@test "wrong words, and options that do not go together" {
	refused 2 'say OPTION=VALUE' "${train[@]}" --sweep lr -o s
	refused 2 'did you mean --solver' "${train[@]}" --sweep sovler=sgd -o s
	refused 2 '--epochs 2 has no effect beside' "${train[@]}" --sweep epochs=1,2 -o s
	refused 2 'deps cannot be used with --sweep' "${train[@]}" --sweep lr=1,2 --deps d -o s
	refused 2 'nothing to sweep' "${train[@]}" --sweep-make m.mk -o s
	refused 2 'only one can go to standard output' \
	    "${train[@]}" --sweep lr=1,2 --sweep-make - --sweep-slurm - -o s
	echo mine >Makefile
	refused 8 "Makefile exists and is not a sweep's Makefile" \
	    "${train[@]}" --sweep lr=1,2 --sweep-make Makefile -o s
	refused 4 'missing' "${train[@]}" --sweep lr=1,2 --sweep-make missing/x.mk -o s
	refused 2 'cannot hold a line break' \
	    "${train[@]}" --note $'a\nb' --sweep lr=1,2 --sweep-make x.mk -o s
	[ ! -e s ]
}

@test "what cannot be trained is found before anything is made" {
	refused 4 's/net_missing cannot be trained; nothing was begun' \
	    "${train[@]:0:4}" --input-scale 0.01 --device cpu --sweep net=net,missing -o s
	[[ "$stderr" == *'s/net_missing: '*'missing'* ]]
	refused 4 'cannot be trained' "${train[@]:0:2}" -n net --sweep dataset=dset,none -o s
	[ ! -e s ]
	"${train[@]}" --sweep lr=1,2 -o s --dry-run >plan
	[ "$(wc -l <plan)" -eq 2 ]
	grep -q -- '--lr=2 --output=s/lr2 --resume$' plan
	[ ! -e s ]
}

@test "a model that fails: the others are trained, and only it is tried again" {
	rm -rf s
	run --separate-stderr -1 "${train[@]}" --lr 1e6 --sweep weight-decay=0,1e6 -o s
	[[ "$stderr" == *'s/weight-decay1000000: iteration '*'not finite'* ]]
	[[ "$stderr" == *'1 of 2 models failed'* ]]
	[[ "$output" == *s/weight-decay0\ *Done* ]]
	[[ "$output" == *s/weight-decay1000000\ *Error* ]]
	python3 - <<-'E'
	import json
	m = json.load(open("s/sweep.json"))["members"]
	assert m[0]["status"] == "Done" and m[1]["status"] == "Error", m
	assert "not finite" in m[1]["error"], m
	E
	stamp=$(stat -c %Y%Z s/weight-decay0/train.ndjson)
	lines_=$(wc -l <s/weight-decay1000000/train.ndjson)
	run -1 "${train[@]}" --lr 1e6 --sweep weight-decay=0,1e6 -o s
	[ "$stamp" = "$(stat -c %Y%Z s/weight-decay0/train.ndjson)" ]
	[ "$lines_" != "$(wc -l <s/weight-decay1000000/train.ndjson)" ]
}

@test "a gate that is not met, also of what was done before" {
	for i in 1 2; do
		run --separate-stderr -9 "${train[@]}" --require 'loss<0' --sweep lr=0.01,0.002 -o g
		[[ "$stderr" == *'2 of 2 models do not meet a gate'* ]]
	done
	grep -q '"status": "Done"' g/sweep.json
}

@test "-f replaces a sweep, and what is left over of it goes" {
	"${train[@]}" --sweep lr=0.01,0.004 -e 1 -o done -f >/dev/null
	[ "$(ls done)" = "$(printf 'lr0.004\nlr0.01\nsweep.json')" ]
	grep -q '"epochs": 1' done/lr0.01/info.json
	"${train[@]}" --sweep lr=0.01,0.004 -e 1 -o done >/dev/null
}

@test "-f leaves a sweep alone of which a model is being trained" {
	exec 9<done/lr0.002
	flock 9
	refused 8 'done/lr0.002: another process is using it' \
	    "${train[@]}" --sweep lr=0.01,0.004 -o done -f
	exec 9<&-
	"${train[@]}" --sweep lr=0.01,0.004 -o done -f >/dev/null
}

@test "a full disk, and a reader that goes away" {
	[ -w /dev/full ] || skip
	run -5 bash -c '"$@" >/dev/full' - "${train[@]}" --sweep lr=0.01,0.002 -o done
	run -5 bash -c '"$@" >/dev/full' - "${train[@]}" --sweep lr=0.01,0.002 -o done --sweep-make -
	grep -q '"status": "Done"' done/lr0.002/info.json
}

@test "model-plot takes a sweep as its models, called by what they differ in" {
	model-plot done -s 'val loss' >text
	grep -q 'lr 0.01: val loss' text
	grep -q 'lr 0.002: val loss' text
	model-plot done -o curves.png
	[ -s curves.png ]
	rm -r done/lr0.002
	model-plot done --list --tsv | cut -f1 | sort -u >runs
	[ "$(cat runs)" = "$(printf 'lr 0.01\nrun')" ]
	model-plot done net-run --list --tsv 2>&1 | grep -q net-run
	cp -r done/lr0.01 alone
	model-plot done alone --list --tsv | cut -f1 | sort -u >runs
	[ "$(cat runs)" = "$(printf 'alone\ndone/lr 0.01\nrun')" ]
	rm -r done/lr0.01
	run -4 model-plot done
	[[ "$output" == *'none of its models was begun'* ]]
}
