#!/usr/bin/env bats
# job-list: what folders say of themselves, and nothing of those that are neither.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir -p jobs/half jobs/done jobs/digits/train_db jobs/other
	cat >jobs/half/info.json <<-E
	{"name": "half way", "status": "Running", "framework": "caffe",
	 "max iterations": 200, "group": "g1", "note": "try 1"}
	E
	cat >jobs/half/train.ndjson <<-E
	{"event":"val","iter":50,"elapsed":1.5,"epoch":1,"outputs":{"accuracy":0.75,"loss":0.6}}
	{"event":"val","iter":100,"elapsed":3,"epoch":2,"outputs":{"accuracy":0.5,"loss":0.7}}
	{"event":"train","iter":110,"ela
	E
	cat >jobs/done/info.json <<-E
	{"name": "", "status": "Done", "framework": "caffe", "group": "g2"}
	E
	head -c 1000 /dev/zero >jobs/digits/train_db/data.mdb
	echo text >jobs/other/readme
}

@test "tsv: every column, numbers plain" {
	job-list --tsv jobs >out
	[ "$(wc -l <out)" -eq 4 ]
	[ "$(sed -n 2p out)" = "$(printf \
	    'jobs/digits\tdigits\tdata set\tDone\t1\t\t\t1000\t\t\t')" ]
	[ "$(grep half out | cut -f1-7,9-)" = "$(printf \
	    'jobs/half\thalf way\tmodel\tKilled\t0.5\t3\t0.75\tg1\ttry 1\t')" ]
	[ "$(grep '^jobs/done' out | cut -f2-7)" = "$(printf \
	    'done\tmodel\tDone\t\t\t')" ]
}

@test "text and JSON say the same; a folder may be the job itself" {
	run job-list jobs/half
	[ "$status" -eq 0 ]
	[[ $output == *"half way"*model*Killed*50.0%*"3.0 s"*75.0%*g1*"try 1"* ]]
	cd jobs
	job-list --json | grep -q '"path": "half", "name": "half way",'
	job-list --json half | grep -q '"progress": 0.5, "elapsed": 3, "acc'
	job-list --json digits | grep -q '"kind": "dataset"'
}

@test "--group picks" {
	[ "$(job-list --tsv --group g2 jobs | cut -f1 | sed 1d)" = jobs/done ]
	[ "$(job-list --tsv --group g1 --group g2 jobs | wc -l)" -eq 3 ]
	[ "$(job-list --tsv --group none jobs | wc -l)" -eq 1 ]
}

@test "a broken info.json is named and the others are listed" {
	echo '{"name": ' >jobs/done/info.json
	run -1 --separate-stderr job-list --tsv --bad bad.json jobs
	[ "${#lines[@]}" -eq 3 ]
	grep -q 'jobs/done' bad.json
}

@test "a folder that is not there: exit 4" {
	run -4 job-list nowhere
	[[ $output == *nowhere* ]]
}

@test "what is best is the best snapshot that is there, as model-show says" {
	touch jobs/half/snapshot_iter_100.caffemodel jobs/half/snapshot_iter_110.caffemodel
	[ "$(job-list --tsv jobs/half | sed 1d | cut -f7)" = 0.5 ]
	[ "$(model-show --best --tsv jobs/half | cut -f1)" = 100 ]
	touch jobs/half/snapshot_iter_50.caffemodel
	[ "$(job-list --tsv jobs/half | sed 1d | cut -f7)" = 0.75 ]
	[ "$(model-show --best --tsv jobs/half | cut -f1)" = 50 ]
}

@test "a long train.ndjson is read in no time" {
	awk 'BEGIN { for (i = 0; i < 100000; i++)
	    printf "{\"event\":\"val\",\"iter\":%d,\"elapsed\":%d,\"outputs\":{\"accuracy\":%.5f,\"loss\":1}}\n",
	    i, i, i / 100000 }' >jobs/half/train.ndjson
	[ "$(timeout 20 job-list --tsv jobs/half | sed 1d | cut -f7)" = 0.99999 ]
}

@test "a FIFO as info.json or train.ndjson is said and not waited for" {
	mkfifo jobs/half/x jobs/done/x
	mv jobs/half/x jobs/half/train.ndjson
	mv jobs/done/x jobs/done/info.json
	run -1 --separate-stderr timeout 20 job-list --tsv --bad bad.json jobs
	grep -q 'jobs/half.*a FIFO' bad.json
	grep -q 'jobs/done.*a FIFO' bad.json
}
