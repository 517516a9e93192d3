#!/usr/bin/env bats
# model-bench: what it prints is there, positive and in order.  How long it took is
# nobody's business here.

load small

bats_require_minimum_version 1.5.0

setup_file() {
	export D=$BATS_FILE_TMPDIR
	small_two "$D/two"
	mv x.pgm "$D/" 2>/dev/null || true
	python3 tests/cli/caffemodel.py "$D/two/w.caffemodel" two ip1:3x16,3 ip2:2x3,2
}

setup() {
	cd "$D" || exit
	export NNUTILS_DEVICE=cpu
	few="--runs 5 --warmup 1 --starts 0"
}

# ordered FILE: each object's figures.
ordered() {
	python3 - "$1" <<-'P'
	import json, sys
	rows = [json.loads(line) for line in open(sys.argv[1])]
	assert rows
	for r in rows:
	    assert 0 < r["min"] <= r["p50"] <= r["p90"] <= r["p99"] <= r["max"], r
	    assert r["min"] <= r["mean"] <= r["max"]
	    assert abs(r["images_per_second"] - r["batch"] / r["mean"] * 1e3) < 1e-6 * r["images_per_second"]
	    assert r["memory"] > 0 and r["runs"] > 0
	    assert r["input"][0] == r["batch"]
	    if "first" in r:
	        assert r["first"] > 0 and r["peak"] > 1
	        assert min(r["load"], r["plan"], r["run"]) > 0
	        assert abs(r["load"] + r["plan"] + r["run"] - r["first"]) < 1e-3
	P
}

@test "the figures are there, positive and in order, for all ways" {
	model-bench two -j 1,2 -b 1,3 $few --json >out
	ordered out
	[ "$(wc -l <out)" -eq 4 ]
	grep -q '"weights": "trained".*"device": "cpu".*"threads": 2, "batch": 3, ' out
	grep -c '"runs": 5' out | grep -x 4
	model-bench lenet $few --device cpu,ref --json >out
	ordered out
	grep -q '"weights": "random", "device": "ref"' out
}

@test "the first answer, of a process of its own" {
	model-bench two --runs 2 --warmup 0 --starts 2 --json >out
	ordered out
	grep '"first": ' out
	model-bench two --runs 2 --warmup 0 --starts 1 x.pgm >out
	grep ' first ms .*MiB' out
	grep '1 picture prepared' out
}

@test "a training, and a model of which no weights are there" {
	model-bench lenet --train -b 2 $few --json >out
	ordered out
	grep '"use": "train"' out
	model-bench detectnet-small --train -b 1 $few --json | grep '"use": "train"'
	rm -rf bare && cp -r two bare && rm bare/w.caffemodel
	model-bench bare $few --json | grep '"weights": "random"'
	run -4 model-bench two --train $few
	[[ $output == *"two: it has no net for a training"* ]]
	run -2 model-bench lenet --train x.pgm
}

@test "layers and operations, with their shares" {
	model-bench two --per-layer $few --json >out
	python3 - <<-'P'
	import json
	steps = json.loads(open("out").read())["steps"]
	assert [s["layer"] for s in steps] == ["ip1", "ip2", "prob"], steps
	assert all(s["ms"] > 0 for s in steps)
	assert abs(sum(s["share"] for s in steps) - 1) < 1e-6
	P
	model-bench lenet --train --per-op $few --tsv >out
	head -n 1 out | grep -x 'use	device	precision	threads	batch	layer	op	pass	count	ms	share	by'
	grep 'train	cpu	fp32	.*	conv-weight	backward	[1-9]' out
	model-bench two --per-layer $few | grep '^ip1 .* matmul .* forward .*%'
	run -2 model-bench two --per-layer --per-op
}

@test "columns with TABs, and tables for people" {
	model-bench two -b 1,2 $few --tsv >out
	[ "$(wc -l <out)" -eq 3 ]
	python3 - <<-'P'
	rows = [line.rstrip("\n").split("\t") for line in open("out")]
	assert len({len(r) for r in rows}) == 1
	head = dict(zip(rows[0], rows[1]))
	assert head["batch"] == "1" and float(head["p50"]) > 0 and head["first"] == ""
	P
	model-bench two -b 1,2 $few >out
	[ "$(wc -l <out)" -eq 4 ]
	grep '^two, inference, trained weights, cpu fp32, 1x4x4$' out
}

@test "gates hold for all that was measured, and name what there is" {
	model-bench two $few --require 'p99>0' --require 'images_per_second>=0.001'
	run -9 model-bench two -b 1,2 $few --require 'p99<0'
	[[ $output == *"model-bench: --require p99<0 is not met (cpu, fp32, "*", batch 1)"* ]]
	run -2 model-bench two $few --require 'ratio>1'
	[[ $output == *'no measurement "ratio" (there is: mean, '* ]]
	run -2 model-bench two $few --require 'fast'
	run -2 model-bench two $few --require 'first<1000'
	[[ $output == *'no measurement "first"'* ]]
}

@test "nothing in a list is nothing to be measured" {
	run -7 model-bench two $few --device '' --require 'p99<0'
	run -7 model-bench two $few --device cpu,
	run -2 model-bench two $few --precision ,fp32
}

@test "--vs gives figures for gates, and as many runs as are asked for" {
	mkdir -p peer
	cat >peer/python3 <<-'P'
	#!/bin/sh
	echo "ready 16 1.0"
	while read -r n; do
		line=
		while [ "$n" -gt 0 ]; do
			line="$line 0.25"
			n=$((n - 1))
		done
		echo $line
	done
	P
	chmod +x peer/python3
	echo model >any.onnx
	PATH="$D/peer:$PATH" run -0 model-bench two --starts 0 --runs 8 \
		--vs any.onnx --require 'vs_p50<=250' --require 'vs_first>0' --json
	[[ $output == *'"runs": 8, '*'"vs_p50": 250, '* ]]
	PATH="$D/peer:$PATH" run -9 model-bench two --starts 0 --runs 2 \
		--vs any.onnx --require 'vs_p99<250'
}

@test "a net on standard input" {
	net-show lenet --upgrade | model-bench - --classes 10 --runs 2 --json >out
	ordered out
	! grep '"first"' out || false
}

@test "what cannot be measured is named" {
	run -4 model-bench nowhere
	run -2 model-bench
	[[ $output == *"name a model or a net"* ]]
	run -2 model-bench two -b 1,x
	[[ $output == "model-bench: --batch: "* ]]
	run -2 model-bench two -j 0
	run -2 model-bench two --precision fp31
	[[ $output == *"--precision: precision fp31: one of fp32, "* ]]
	run -7 model-bench two --device cpu,cuda:99
	run -3 model-bench two $few --precision fp16
	run --separate-stderr -1 model-bench two $few --precision fp16,fp32 --json
	[[ $stderr == *"1 of 2 ways could not be measured"* ]]
	[ "${#lines[@]}" -eq 1 ]
	echo no picture >bad.png
	run -3 model-bench two $few bad.png
	run -4 model-bench two $few nowhere.png
	run -2 model-bench lenet $few x.pgm
	[[ $output == *"pictures are for a model folder"* ]]
	cp -r two broken && head -c 100 two/w.caffemodel >broken/w.caffemodel
	run -3 model-bench broken $few
}

@test "--vs without a python3, or without onnxruntime, is status 4 and a sentence" {
	echo junk >x.onnx
	run -4 model-bench two $few --vs nowhere.onnx
	mkdir -p none
	PATH="$D/none" run -4 "$(command -v model-bench)" two $few --vs x.onnx
	[[ $output == *"--vs takes a python3 with onnxruntime and numpy, and there is no python3"* ]]
	python3 -c 'import onnxruntime' 2>/dev/null && skip "it is here"
	run -4 model-bench two $few --vs x.onnx
	[[ $output == *"--vs takes a python3 with onnxruntime and numpy: No module named"* ]]
}

@test "--vs measures in turns, and refuses another net" {
	python3 -c 'import onnxruntime, onnx' 2>/dev/null || skip "no onnxruntime"
	python3 - <<-'P'
	import numpy as np, onnx
	from onnx import helper as h, numpy_helper as n, TensorProto as T
	for name, dim in ("same", 4), ("other", 5):
	    size = dim * dim
	    g = h.make_graph([h.make_node("Flatten", ["x"], ["f"]),
	        h.make_node("MatMul", ["f", "w"], ["y"])], "g",
	        [h.make_tensor_value_info("x", T.FLOAT, ["n", 1, dim, dim])],
	        [h.make_tensor_value_info("y", T.FLOAT, ["n", 2])],
	        [n.from_array(np.ones((size, 2), "f"), "w")])
	    m = h.make_model(g, opset_imports=[h.make_opsetid("", 13)])
	    m.ir_version = 8
	    onnx.save(m, name + ".onnx")
	P
	model-bench two $few -b 1,2 --vs same.onnx --json >out
	ordered out
	python3 - <<-'P'
	import json
	for line in open("out"):
	    r = json.loads(line)
	    assert r["vs_p50"] > 0 and r["vs_first"] > 0 and r["vs_version"]
	    assert abs(r["ratio"] - r["vs_p50"] / r["p50"]) < 1e-9 * r["ratio"]
	P
	model-bench two $few --vs same.onnx --require 'ratio>0' | grep 'onnxruntime p50  *ratio'
	run -3 model-bench two $few --vs other.onnx
	[[ $output == *"other.onnx is another net: it takes 25 numbers, two 16"* ]]
	echo junk >bad.onnx
	run -3 model-bench two $few --vs bad.onnx
}

@test "a killed run ends at once, and so do those that it started" {
	mkdir -p slow
	cat >slow/python3 <<-'P'
	#!/bin/sh
	echo "ready 16 1.0"
	read -r n
	echo $$ >child
	exec sleep 600
	P
	chmod +x slow/python3
	echo model >any.onnx
	PATH="$D/slow:$PATH" model-bench two --time 1h --starts 0 \
		--vs any.onnx >out 2>err 3>&- &
	pid=$!
	until [ -s child ]; do sleep 0.05; done
	kill -TERM $pid
	got=0
	wait $pid || got=$?
	[ "$got" -eq 75 ]
	grep '^model-bench: stopped by SIGTERM' err
	! kill -0 "$(cat child)" 2>/dev/null || false
}
