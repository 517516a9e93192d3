#!/usr/bin/env bats
# model-infer: is the model as right as it is sure (--calibration), and of which pictures
# is it surest (--best)?

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir m
	net 'layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }'
	printf 'cat\na/dog\nbird\n' >m/labels.txt
	python3 "$BATS_TEST_DIRNAME/caffemodel.py" m/w.caffemodel four ip:3x16,3
	python3 - <<-E
	import random
	random.seed(3)
	with open("list", "w") as f:
	    for i in range(40):
	        v = [random.randrange(256) for _ in range(16)]
	        open("p%02d.pgm" % i, "w").write("P2 4 4 255 " + " ".join(map(str, v)))
	        f.write("p%02d.pgm %d\n" % (i, i % 3))
	E
	cat >expect.py <<-'E'
	# expect.py: ECE and MCE of what model-infer --json printed, in 15 bins.
	import json, math, sys
	bins = {}
	for line in open(sys.argv[1]):
	    r = json.loads(line)
	    if "summary" in r:
	        have = r["summary"]["calibration"]
	        continue
	    p = r["predictions"][0]
	    b = bins.setdefault(max(math.ceil(p["score"] * 15) - 1, 0), [])
	    b.append((p["score"], p["index"] == r["truth"]))
	gap = {k: abs(sum(s for s, _ in v) - sum(t for _, t in v)) / len(v) for k, v in bins.items()}
	n = sum(len(v) for v in bins.values())
	ece = sum(gap[k] * len(v) for k, v in bins.items()) / n
	assert abs(have["ece"] - ece) < 1e-5 and abs(have["mce"] - max(gap.values())) < 1e-5, (have, ece)
	assert len(bins) > 3 and n == 40
	for k, b in enumerate(have["bins"]):
	    assert b["images"] == len(bins.get(k, [])), (k, b)
	    assert (b["accuracy"] is None) == (k not in bins), b
	print("%.6g" % ece)
	E
}

net() {
	cat >m/deploy.prototxt <<-E
	layer { name: "data" type: "Input" top: "data"
	  input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
	layer { name: "small" type: "Power" bottom: "data" top: "small"
	  power_param { scale: 0.004 } }
	layer { name: "ip" type: "InnerProduct" bottom: "small" top: "ip"
	  inner_product_param { num_output: 3 } }
	$1
	E
}

infer() {
	run model-infer --device cpu -m m "$@"
	echo "$status: $output"
}

@test "calibration: figures, table, picture and gate" {
	model-infer --device cpu -m m --list list --json --calibration - >out
	ece=$(python3 expect.py out)
	infer -q --list list --summary --calibration -
	[ "$status" -eq 0 ]
	[[ "${lines[1]}" == "ECE "*%", MCE "*% ]]
	[[ "${lines[2]}" == confidence*images*confidence*accuracy ]]
	[ "${#lines[@]}" -eq 18 ]
	# the same table as in a file, where TABs are asked for; the matrix, too
	infer -q --list list --summary --calibration - --tsv
	[ "$(awk -F'\t' 'NF == 5 { n += $3 } END { print n }' <<<"$output")" -eq 40 ]
	infer -q --list list --summary --confusion - --tsv
	[[ "$output" == *$'truth\tcat\ta/dog\tbird\taccuracy\ncat\t'* ]]
	infer --list list --summary --calibration c.tsv
	[ "$status" -eq 0 ]
	[ "$(awk '{ n += $3 } END { print n }' c.tsv)" -eq 40 ]
	[ "$(wc -l <c.tsv)" -eq 15 ]
	infer --list list --summary --calibration c.png --require "ece<=$(python3 -c "print($ece + 0.001)")"
	[ "$status" -eq 0 ]
	[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" c.png size)" = 442x586x3 ]
	infer --list list --summary --calibration c.svg --require "ece<=$(python3 -c "print($ece - 0.001)")"
	[ "$status" -eq 9 ]
	grep -q '<svg' c.svg
	infer --list list --summary --calibration c.svg
	[ "$status" -eq 8 ]
}

@test "calibration needs labels, and probabilities" {
	infer --calibration c.png gone.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--calibration needs labels"* ]]
	net ''
	infer --list list --summary --calibration c.png
	[ "$status" -eq 2 ]
	[[ "$output" == *"--calibration compares probabilities with what is right, and the net's output ip holds none"* ]]
	[ ! -e c.png ]
	infer --list list --summary --require 'ece<=1'
	[ "$status" -eq 2 ]
}

@test "the surest pictures of each class, drawn and listed" {
	model-infer --device cpu -m m --list list --json >out
	infer --list list --summary --best 3 -o made
	[ "$status" -eq 0 ]
	python3 - <<-E
	import json, os
	top = {}
	for line in open("out"):
	    r = json.loads(line)
	    if "path" in r:
	        p = r["predictions"][0]
	        top.setdefault(p["label"], []).append((-p["score"], r["path"], r["truth"]))
	names = ["cat", "a/dog", "bird"]
	want = [[c, str(k + 1), v[1], names[v[2]]] for c in names for k, v in enumerate(sorted(top.get(c, []))[:3])]
	rows = [x.rstrip("\n").split("\t") for x in open("made/best.tsv")][1:]
	assert [r[:3] + r[4:] for r in rows] == want, (rows, want)
	there = sorted(f for f in os.listdir("made") if f.endswith(".png"))
	assert there == ["%04d-%s.png" % (i, c.replace("/", "-")) for i, c in enumerate(names) if c in top], there
	E
	first=$(find made -name '*.png' | sort | head -1)
	# two columns of cells of 112, 18 around each
	[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" "$first" size)" = 278x278x3 ]
	infer --best 3 -o more p01.pgm p02.pgm
	[ "$status" -eq 0 ]
	[ "$(wc -l <more/best.tsv)" -eq 3 ]
	cp -r made again
	infer --list list --summary --best 3 -f -o made
	diff -r made again
}

@test "a folder is for something" {
	infer -o made p01.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"--output is nothing that the view \"class\" makes"* ]]
	infer --best 3 p01.pgm
	[[ "$output" == *"--best"*"--output"* ]]
	net ''
	infer --best 3 -o made p01.pgm
	[ "$status" -eq 0 ]
	[ -e made/best.tsv ]
}

@test "a map: a point for each picture, the same each time" {
	infer --list list --summary --outputs ip --map a.png
	[ "$status" -eq 0 ]
	[ "$(python3 "$BATS_TEST_DIRNAME/pixels.py" a.png size)" = 858x738x3 ]
	infer --list list --summary --outputs ip --map b.png -j 1
	cmp a.png b.png
	# the first of the legend
	python3 "$BATS_TEST_DIRNAME/pixels.py" a.png 700,56=31,95,191~0
	infer --map p.png --list list --summary # by the scores
	[ "$status" -eq 0 ]
	[ -s p.png ]
	infer --outputs ip --map c.png p01.pgm
	[ "$status" -eq 2 ]
	[[ "$output" == *"a map is made of two pictures at least"* ]]
	[ ! -e c.png ]
	for no in - /dev/full; do # before a picture is read
		infer --map $no gone.pgm
		[ "$status" -eq 2 ]
		[[ "$output" == *"--map $no: a map is a picture"* ]]
	done
}

@test "features: what a layer puts out, a row for each picture, bad ones too" {
	net 'layer { name: "relu" type: "ReLU" bottom: "ip" top: "ip" }'
	echo no >p01.pgm
	cp p01.pgm p00.pgm
	infer --list list --summary --outputs relu --npy f.npy
	[ "$status" -eq 1 ]
	[[ "$output" == *"p00.pgm: record 1: not a picture"* ]]
	[[ "$output" == *"f.npy: all NaN, as their pictures could not be used: 2 rows"* ]]
	python3 - <<-E
	import math, struct
	d = open("f.npy", "rb").read()
	n = struct.unpack("<H", d[8:10])[0]
	assert b"(40, 3)" in d[10:10 + n], d[:80]
	v = struct.unpack("<120f", d[10 + n:])
	assert all(map(math.isnan, v[:6])) and min(v[6:]) == 0, v[:9]
	E
	infer --outputs nothing --npy g.npy gone.pgm
	[ "$status" -eq 4 ]
	[[ "$output" == *'no blob or layer "nothing" in the net'* ]]
}
