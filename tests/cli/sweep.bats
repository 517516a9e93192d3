#!/usr/bin/env bats
# model-train --sweep: the same models however they are trained: plainly, several at
# a time, under make, by a Makefile, as a Slurm array, after a kill.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	cp tests/cli/wait.bash "$D/"
	. tests/cli/sweep.bash
	make_inputs "$D/a set" "$D/it's \$net"
	cd "$D" || exit
	"${tiny[@]}" -e 3 --sweep lr=0.01,0.002 --sweep solver=sgd,adam -o plain >"$D/plain.out"
}

setup() {
	cd "$D" || exit
	. ./wait.bash
}

# "${tiny[@]}" OPTION...: model-train on the small data set.
tiny=(model-train -q -d 'a set' -n "it's \$net" --input-scale 0.01
    --note 'a $note of "two" words' --device cpu -j 1)
# Two models that take some time.
long=("${tiny[@]}" -e 2000 --snapshot-interval 20 --val-interval 400 --sweep lr=0.01,0.002)

# four DIR: the digests of the four models' newest weights and states.
four() {
	local m
	for m in lr0.01-solver_sgd lr0.01-solver_adam lr0.002-solver_sgd lr0.002-solver_adam; do
		(cd "$1/$m" && sha256sum snapshot_iter_*.caffemodel snapshot_iter_*.solverstate | sort -V | tail -n 2)
		grep -q '"status": "Done"' "$1/$m/info.json" || return
	done
}

same() {
	four "$1" >"$1.sums"
	four plain >plain.sums
	cmp "$1.sums" plain.sums
}

@test "four models, a table of them, best first, and sweep.json" {
	[ "$(four plain | cut -d' ' -f1 | sort -u | wc -l)" -eq 8 ]
	[ "$(wc -l <plain.out)" -eq 5 ]
	[[ $(head -n 1 plain.out) == model*lr*solver*status*epoch*loss*accuracy*time ]]
	python3 - <<-'E'
	import json
	s = json.load(open("plain/sweep.json"))
	assert s["kind"] == "sweep" and s["version"] == 1
	assert s["axes"] == [{"option": "lr", "values": ["0.01", "0.002"]},
	    {"option": "solver", "values": ["sgd", "adam"]}], s["axes"]
	assert s["options"]["note"] == 'a $note of "two" words'
	assert s["options"]["epochs"] == "3" and "lr" not in s["options"]
	assert "output" not in s["options"] and "threads" not in s["options"]
	m = s["members"]
	assert [x["name"] for x in m] == ["lr0.01-solver_sgd", "lr0.01-solver_adam",
	    "lr0.002-solver_sgd", "lr0.002-solver_adam"]
	assert m[1]["values"] == {"lr": "0.01", "solver": "adam"}
	assert all(x["status"] == "Done" and x["iterations"] == 9 for x in m)
	best = sorted(m, key=lambda x: -x["best_score"])
	rows = [l.split() for l in open("plain.out")][1:]
	assert [r[0] for r in rows] == ["plain/" + x["name"] for x in best], rows
	E
}

@test "job-list: one row for a sweep, as its models stand; named itself, they follow" {
	rm -rf listed && mkdir listed && cp -r plain listed/s
	job-list --tsv listed | cut -f1,3-5 | sed 1d >rows
	[ "$(cat rows)" = "$(printf 'listed/s\tsweep\tDone\t1')" ]
	[ "$(job-list --tsv listed/s | wc -l)" -eq 6 ]
	[ "$(job-list --tsv --kind model listed/s | wc -l)" -eq 5 ]
	# the best of all
	job-list --json listed/s >rows
	python3 - <<-'E'
	import json
	rows = [json.loads(l) for l in open("rows")]
	assert rows[0]["kind"] == "sweep", rows[0]
	v = [r["value"] for r in rows[1:]]
	assert len(v) == 4 and rows[0]["value"] == max(v), rows
	assert abs(rows[0]["elapsed"] - sum(r["elapsed"] for r in rows[1:])) < 1e-6
	E
	sed -i 's/"status": "Done"/"status": "Error"/' listed/s/lr0.01-solver_sgd/info.json
	job-list --tsv listed | grep '	sweep	Error	'
	rm -r listed/s/lr0.01-solver_sgd
	job-list --tsv listed | grep '	sweep	Aborted	0.75	'
	rm -r listed/s/lr*
	job-list --tsv listed | grep '	sweep	Init	0	'
	run -4 job-list --set-note x listed/s
	echo '{"kind": "garden"}' >listed/s/sweep.json
	run -1 job-list --tsv listed
	[[ $output == *"sweep	Corrupt"* ]]
}

@test "the same as one model alone" {
	"${tiny[@]}" -e 3 --lr 0.002 --solver adam -o alone >/dev/null
	cmp alone/snapshot_iter_9.caffemodel plain/lr0.002-solver_adam/snapshot_iter_9.caffemodel
	cmp alone/snapshot_iter_9.solverstate plain/lr0.002-solver_adam/snapshot_iter_9.solverstate
}

@test "several at a time; again keeps what is done, and trains what is missing" {
	sweep="-e 3 --sweep lr=0.01,0.002 --sweep solver=sgd,adam -o jobs"
	"${tiny[@]}" $sweep --sweep-jobs 3 --json >json
	same jobs
	[ "$(grep -c '"status": "Done"' json)" -eq 4 ]
	stamp=$(stat -c %Y%Z jobs/lr0.01-solver_sgd/train.ndjson)
	rm -r jobs/lr0.002-solver_sgd
	"${tiny[@]}" $sweep --tsv >tsv
	same jobs
	[ "$stamp" = "$(stat -c %Y%Z jobs/lr0.01-solver_sgd/train.ndjson)" ]
	[ "$(awk -F'\t' 'NF == 8' tsv | wc -l)" -eq 5 ]
}

@test "a Makefile, under make -j2, whatever stands in the names" {
	"${tiny[@]}" -e 3 --sweep lr=0.01,0.002 --sweep solver=sgd,adam -o made --sweep-make made.mk
	[ ! -e made/lr0.01-solver_sgd ]
	[ -e made/sweep.json ]
	mkdir elsewhere
	make -s -C elsewhere -j2 -f ../made.mk >make.out
	same made
	for f in make plain; do
		tail -n 4 $f.out | cut -d/ -f2- | tr -s ' ' | sed 's/ [0-9.]* s$//' >$f.rows
	done
	cmp make.rows plain.rows
	# nothing is left to do
	stamp=$(stat -c %Y%Z made/*/train.ndjson)
	make -s -j2 -f made.mk >/dev/null
	[ "$stamp" = "$(stat -c %Y%Z made/*/train.ndjson)" ]
	# the plain command under make
	{
		declare -p tiny
		echo '"${tiny[@]}" "$@"'
	} >under.sh
	printf 'all:\n\t+bash under.sh -e 3 --sweep lr=0.01,0.002 --sweep solver=sgd,adam -o under\n' >under.mk
	make -s -j2 -f under.mk >/dev/null
	same under
}

@test "a Slurm array, whose stopped tasks go back into the queue" {
	"${tiny[@]}" -e 3 --sweep lr=0.01,0.002 --sweep solver=sgd,adam --sweep-jobs 2 -o array --sweep-slurm array.sh
	bash -n array.sh
	grep -qx '#SBATCH --array=0-3%2' array.sh
	grep -qx '#SBATCH --requeue' array.sh
	for i in 0 1 2 3; do
		SLURM_ARRAY_TASK_ID=$i bash array.sh >/dev/null
	done
	same array
	for i in 4 '' x; do
		run -2 env SLURM_ARRAY_TASK_ID=$i bash array.sh
	done
	# one that is told to end
	mkdir bin
	printf '#!/bin/sh\necho "$@" >>"%s/queue"\n' "$D" >bin/scontrol
	chmod +x bin/scontrol
	"${tiny[@]}" -e 100000 --sweep lr=0.01,0.002 -o long --sweep-slurm long.sh
	SLURM_ARRAY_JOB_ID=17 SLURM_ARRAY_TASK_ID=1 PATH=$D/bin:$PATH bash long.sh >/dev/null 3>&- &
	pid=$!
	wait_for test -s long/lr0.002/train.ndjson
	kill -TERM $pid
	ends $pid
	[ "$rc" -eq 75 ]
	[ "$(cat queue)" = 'requeue 17_1' ]
	ls long/lr0.002/snapshot_iter_*.solverstate
	[ ! -e long/lr0.01 ]
}

# begun PID GLOB: waits until the process has made that, without sleeping; what it
# runs is $member then.
begun() {
	until compgen -G "$2" >/dev/null; do
		kill -0 "$1" || return
	done
	read -r member _ <"/proc/$1/task/$1/children" || true # it ends without a line break
	[ -n "$member" ]
}

# goes_on DIR: the same command makes of it what was never stopped.
goes_on() {
	"${long[@]}" -o "$1" >/dev/null
	for m in lr0.01 lr0.002; do
		cmp "$1/$m/snapshot_iter_6000.caffemodel" "long/$m/snapshot_iter_6000.caffemodel"
		cmp "$1/$m/snapshot_iter_6000.solverstate" "long/$m/snapshot_iter_6000.solverstate"
	done
}

@test "a model that is killed goes on, and only it" {
	rm -rf long
	"${long[@]}" -o long >/dev/null
	"${long[@]}" -o k >out 2>err 3>&- &
	pid=$!
	begun $pid 'k/lr0.01/snapshot_iter_*.solverstate'
	kill -KILL "$member"
	ends $pid
	[ "$rc" -eq 1 ]
	grep -q 'k/lr0.01: ended by signal 9' err
	grep -q '1 of 2 models failed' err
	grep -q 'k/lr0.01 .*Killed' out
	grep -q 'k/lr0.002 .*Done' out
	stamp=$(stat -c %Y%Z k/lr0.002/train.ndjson)
	goes_on k
	[ "$stamp" = "$(stat -c %Y%Z k/lr0.002/train.ndjson)" ]
}

@test "so does a sweep that is told to end, that is killed, whose time is over" {
	[ -e long/lr0.002/snapshot_iter_6000.caffemodel ] || "${long[@]}" -o long >/dev/null
	"${long[@]}" -o t >out 2>err 3>&- &
	pid=$!
	begun $pid 't/lr0.01/snapshot_iter_*.solverstate'
	kill -TERM $pid
	ends $pid
	[ "$rc" -eq 75 ]
	grep -q 'stopped by SIGTERM: go on with the same command' err
	grep -q '^t/lr0.002 .*Missing' out
	"${long[@]}" -o t >out 2>err 3>&- &
	pid=$!
	begun $pid t/lr0.002/train.ndjson
	kill -KILL $pid
	wait $pid || true
	# what it was training ends by itself, with a snapshot
	wait_for grep -q '"status": "[AD]' t/lr0.002/info.json
	goes_on t
	run -75 "${long[@]}" -o b --time-budget 0.05s
	goes_on b
}

@test "lists of batch sizes and rates: sweep.json has what --sweep writes" {
	"${tiny[@]}" -e 1 -b 2,4 --lr 0.01,0.002 -o lists >/dev/null
	python3 - <<-'E'
	import json
	s = json.load(open("lists/sweep.json"))
	assert s["kind"] == "sweep" and [a["option"] for a in s["axes"]] == ["batch-size", "lr"]
	assert [m["name"] for m in s["members"]] == ["b2-lr0.01", "b2-lr0.002", "b4-lr0.01", "b4-lr0.002"]
	for m in s["members"]:
	    b, lr = m["name"][1:].split("-lr")
	    assert m["values"] == {"batch-size": b, "lr": lr} and m["status"] == "Done", m
	    assert 0 <= m["outputs"]["accuracy"] <= 1
	E
	[ "$(job-list --tsv lists | cut -f3,4)" = "$(printf 'sweep\tDone')" ] ||
	    job-list --tsv lists
	# only tried: nothing is left
	"${tiny[@]}" -e 1 --lr 0.01,0.002 --dry-run -o tried >/dev/null
	[ ! -e tried ]
	# none could be begun
	run "${tiny[@]}" -e 1 --lr 0.01,0.002 -p nowhere -o none
	[ "$status" -ne 0 ]
	[ ! -e none ]
}
