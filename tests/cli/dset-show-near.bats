#!/usr/bin/env bats
# dset-show --near: pictures that look the same, in one part and across parts.

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	cd "$D" || return
	# Six pictures; of 0 a darker and a smaller one, of 1 a copy, of 2 one in
	# other colours.
	python3 - <<-'P'
	import os, random
	def waves(seed, w, h, gain=1.0, lift=0, swap=False):
	    r = random.Random(seed)
	    a = [[[r.random() for _ in range(3)] for _ in range(4)] for _ in range(3)]
	    out = bytearray()
	    for y in range(h):
	        for x in range(w):
	            p = []
	            for c in range(3):
	                v = 128
	                for k in a[c]:
	                    t = k[0] * 6 * x / w + k[1] * 6 * y / h + k[2]
	                    v += 30 * (2 * (t - int(t)) - 1)
	                p.append(max(0, min(255, int(v * gain + lift))))
	            if swap:
	                p = [p[2], p[1], p[0]]
	            out += bytes(p)
	    return b"P6 %d %d 255\n" % (w, h) + bytes(out)
	def put(path, data):
	    os.makedirs(os.path.dirname(path), exist_ok=True)
	    open(path, "wb").write(data)
	for i in range(6):
	    put("train/%s/%d.ppm" % ("ab"[i % 2], i), waves(i, 64, 64))
	put("train/b/dark.ppm", waves(0, 64, 64, 0.95, 4))
	put("val/a/small.ppm", waves(0, 40, 40))
	put("val/b/copy.ppm", waves(1, 64, 64))
	put("val/a/blue.ppm", waves(2, 64, 64, swap=True))
	put("val/b/other.ppm", waves(99, 64, 64))
	P
	dset-create -q --size 64x64 --val-folder val --no-shuffle -o set train >/dev/null
}

setup() {
	cd "$D" || exit
}

@test "groups within a part and across parts, with names" {
	dset-show set --near --json >out
	python3 - <<-'P'
	import json
	rows = [json.loads(line) for line in open("out")]
	s = rows.pop()["summary"]
	names = [[r["name"].split("/")[-1] for r in g["records"]] for g in rows]
	assert sorted(map(sorted, names)) == [["0.ppm", "dark.ppm", "small.ppm"], ["1.ppm", "copy.ppm"]], names
	for g in rows:
	    assert g["across_parts"]
	    assert g["records"][0]["part"] == "train" and g["records"][0]["bits"] == 0
	    assert g["labels_differ"] == (len(g["records"]) == 3)
	    for r in g["records"]:
	        assert 0 <= r["bits"] <= 8 and r["class"] in "ab"
	assert (s["records"], s["groups"], s["near"], s["equal"], s["leaks"], s["conflicts"]) == (11, 2, 3, 1, 2, 1), s
	P
}

@test "rows for people, and with TABs" {
	dset-show set --near >out
	grep '^group  *part  *record  *key  *class  *bits  *same  *name$' out
	grep ' val .* b .* equal .*copy.ppm$' out
	tail -n 1 out | grep -x 'set: 11 pictures, 3 like an earlier one (1 of them the same in every pixel) in 2 groups; 2 in another part than the first; 1 group with several labels'
	dset-show set --near --tsv >out
	[ "$(wc -l <out)" -eq 6 ]
	python3 - <<-'P'
	rows = [line.rstrip("\n").split("\t") for line in open("out")]
	assert {len(r) for r in rows} == {8}
	P
}

@test "one part alone, and only what stands in several" {
	dset-show set --near -p train --tsv >out
	[ "$(wc -l <out)" -eq 3 ]
	dset-show set --near -p val --json | grep -x '{"summary": {"records": 4, .*"groups": 0, .*}}'
	dset-create -q --size 64x64 --val 0 --no-shuffle -o alone train >/dev/null
	dset-show alone --near --tsv --across >out
	[ "$(wc -l <out)" -eq 1 ]
	run -4 dset-show alone --near -p val
}

@test "the number of bits; gates" {
	dset-show set --near=0 --json | tail -n 1 | grep '"bits": 0, '
	dset-show set --near --require 'groups<=2' >/dev/null
	run -9 dset-show set --near --require 'leaks=0'
	[[ $output == *"dset-show: --require leaks=0 is not met"* ]]
	run -2 dset-show set --near --require 'lost=0'
	[[ $output == *"there is: groups, near, equal, leaks, conflicts"* ]]
	run -2 dset-show set --near=16
	run -2 dset-show set --near=x
	run -2 dset-show set --near --stats
	run -0 dset-show set --require 'leaks=0'
	[[ $output == *"--require has no effect"* ]]
}

@test "a full disk" {
	[ -e /dev/full ] || skip "no /dev/full"
	got=0
	dset-show set --near >/dev/full || got=$?
	[ "$got" -eq 5 ]
}

@test "it does not matter how many threads look" {
	dset-show set --near --json -j 1 >one
	dset-show set --near --json -j 3 | cmp - one
}

@test "classes as a picture" {
	for ext in png svg pdf; do
		dset-show set --histogram "h.$ext"
		[ -s "h.$ext" ]
	done
	run -8 dset-show set --histogram h.png
	run -2 dset-show set --histogram h.jpg
	run -2 dset-show set --histogram x.png --stats
	dset-show set -f --histogram h.png --size 300x300
	run -4 dset-show nowhere --histogram new.png
	[ ! -e new.png ]
}
