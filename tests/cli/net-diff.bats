#!/usr/bin/env bats
# net-show --diff: what differs between two nets, as a table, JSON and a picture.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	cat >a.prototxt <<-E
	name: "A"
	layer { name: "x" type: "Input" top: "x"
	  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
	layer { name: "c" type: "Convolution" bottom: "x" top: "c"
	  convolution_param { num_output: 4 kernel_size: 3 } }
	layer { name: "r" type: "ReLU" bottom: "c" top: "c" }
	layer { name: "old" type: "LRN" bottom: "c" top: "old" }
	layer { name: "fc" type: "InnerProduct" bottom: "old" top: "fc"
	  inner_product_param { num_output: 10 } }
	E
	sed -e 's/"A"/"B"/' -e 's/name: "r"/name: "act"/' \
	    -e '/"old" type/d' -e 's/bottom: "old"/bottom: "c"/' \
	    -e 's/num_output: 10/num_output: 12/' a.prototxt >b.prototxt
	echo 'layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }' \
	    >>b.prototxt
}

@test "a row for each field, status 1, the numbers on standard error" {
	run --separate-stderr net-show a.prototxt --diff b.prototxt --tsv
	[ "$status" -eq 1 ]
	diff <(echo "$output") - <<-E
	CHANGE	LAYER	TYPE	FIELD	BEFORE	AFTER
	renamed	act	ReLU	name	r	act
	removed	old	LRN			
	changed	fc	InnerProduct	inner_product_param.num_output	10	12
	changed	fc	InnerProduct	bottom	old	c
	changed	fc	InnerProduct	output	1x10	1x12
	changed	fc	InnerProduct	weights	10x144, 10	12x144, 12
	added	prob	Softmax			
	E
	[ "$stderr" = "net-show: a.prototxt: b.prototxt: 1 added, 1 removed, 1 changed, 1 renamed" ]
	net-show a.prototxt --diff b.prototxt 2>err | grep -q '^changed  fc  .*1x10  *1x12$'
	! grep -q "$(printf '\033')" err || false
}

@test "the same: nothing, status 0; only where layers stand in the file differs" {
	run net-show a.prototxt --diff a.prototxt
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	sed 's/^layer/\n&/; s/num_output/\n&/' a.prototxt >c.prototxt
	run net-show a.prototxt --diff c.prototxt
	[ "$status" -eq 0 ]
	run net-show lenet --diff lenet --phase train
	[ "$status" -eq 0 ]
	run net-show lenet --diff lenet --json
	[ "$output" = '{"same": 10, "added": 0, "removed": 0, "changed": 0, "renamed": 0}' ]
}

@test "json: an object for each layer, then the numbers" {
	run --separate-stderr net-show a.prototxt --diff b.prototxt --json
	[ "$status" -eq 1 ]
	echo "$output" >j
	python3 - <<-E
	import json
	rows = [json.loads(l) for l in open("j")]
	by = {r["layer"]: r for r in rows[:-1]}
	assert set(by) == {"act", "old", "fc", "prob"}
	assert by["act"]["change"] == "renamed" and by["act"]["was"] == "r"
	assert by["old"] == {"change": "removed", "layer": "old", "was": None,
	    "type": "LRN", "fields": []}
	assert {"field": "output", "before": "1x10", "after": "1x12"} in by["fc"]["fields"]
	assert rows[-1] == {"same": 2, "added": 1, "removed": 1, "changed": 1, "renamed": 1}
	E
}

@test "a picture of both, in colours of what became of layers" {
	run net-show a.prototxt --diff b.prototxt --graph d.svg
	[ "$status" -eq 1 ]
	python3 - <<-E
	import xml.dom.minidom as m
	d = m.parse("d.svg")
	t = [x.firstChild.data for x in d.getElementsByTagName("text")]
	for want in ("A → B", "− old", "+ prob", "~ fc", "num_output: 10 → 12",
	    "→ act  ReLU", "(was r)", "added", "removed", "changed"):
	    assert want in t, (want, t)
	assert any(x.getAttribute("stroke-dasharray") for x in d.getElementsByTagName("rect"))
	E
	run net-show a.prototxt --diff b.prototxt --graph d.png
	[ "$status" -eq 1 ]
	head -c 4 d.png | grep -q PNG
	run net-show resnet50 --diff resnet101 --graph r.dot
	[ "$status" -eq 1 ]
	grep -q 'label="× ' r.dot
	run net-show lenet --diff lenet --graph same.svg
	[ "$status" -eq 0 ]
}

@test "phases and sizes are those of both" {
	run net-show lenet --diff lenet --phase train -b 3 --input 1x20x20
	[ "$status" -eq 0 ]
	run --separate-stderr net-show lenet --diff alexnet --phase train --tsv
	[ "$status" -eq 1 ]
	echo "$output" | grep -q '^changed	conv1	Convolution	convolution_param.num_output	20	96$'
}

@test "sentences: no such net, a bad one, a pipe, nothing of the user's lost" {
	run net-show lenet --diff none.prototxt
	[ "$status" -eq 4 ]
	[[ "$output" == *none.prototxt* ]]
	printf 'layer {\n  nam: "x"\n}\n' >bad.prototxt
	run net-show lenet --diff bad.prototxt
	[ "$status" -eq 3 ]
	[[ "$output" == *"bad.prototxt:2:3"* ]]
	cp b.prototxt keep
	run bash -c 'net-show a.prototxt --diff - <b.prototxt | tail -n 1'
	[[ "$output" == *"added    prob"* ]]
	run net-show a.prototxt --diff b.prototxt --check
	[[ "$output" == *"--diff"* ]]
	run net-show a.prototxt --diff d.svg --graph d.svg -f
	[ "$status" -ne 0 ]
	cp b.prototxt in.svg
	run net-show a.prototxt --diff in.svg --graph in.svg -f
	[ "$status" -eq 8 ]
	cmp in.svg b.prototxt
	run bash -c 'net-show a.prototxt --diff b.prototxt >/dev/full'
	[ "$status" -eq 5 ]
}

@test "colours on a terminal alone, and not with NO_COLOR" {
	cat >terminal.py <<-E
	import os, pty, sys
	pid, fd = pty.fork()
	if pid == 0:
	    os.execvp(sys.argv[1], sys.argv[1:])
	out = b""
	try:
	    while True:
	        more = os.read(fd, 4096)
	        if not more: break
	        out += more
	except OSError: pass
	os.waitpid(pid, 0)
	sys.stdout.buffer.write(out)
	E
	TERM=xterm python3 terminal.py net-show a.prototxt --diff b.prototxt >out
	grep -q "^$(printf '\033')\[34madded  *prob" out
	grep -q "^$(printf '\033')\[31mremoved  *old" out
	TERM=xterm NO_COLOR=1 python3 terminal.py net-show a.prototxt --diff b.prototxt >out
	grep -q "^added  *prob" out
}

@test "the example of the page runs" {
	run net-show resnet50 --diff resnet101 --graph deeper.svg
	[ "$status" -eq 1 ]
	[ -s deeper.svg ]
}
