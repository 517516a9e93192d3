#!/usr/bin/env bats
# net-show --graph: nets as pictures and as DOT.

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
}

@test "svg is XML with every layer, png and pdf, dot a digraph" {
	net-show googlenet --graph g.svg
	python3 - <<-E
	import xml.dom.minidom as m
	t = [x.firstChild.data for x in
	     m.parse("g.svg").getElementsByTagName("text")]
	assert "inception_3a/1x1" in t, t
	assert "conv1/relu_7x7  ReLU" in t
	E
	net-show lenet --graph g.png --width 300
	python3 - <<-E
	d = open("g.png", "rb").read()
	assert d[1:4] == b"PNG" and int.from_bytes(d[16:20], "big") == 300
	E
	net-show lenet --graph g.pdf
	head -c 5 g.pdf | grep -q PDF-
	net-show lenet --graph g.dot
	grep -q '^	n0 -> n1 \[label="scale 1x1x28x28"\];' g.dot
	run net-show lenet --graph g.dot
	[ "$status" -eq 8 ]
	net-show lenet --graph g.dot -f
	run net-show lenet --graph g.jpg
	[ "$status" -eq 2 ]
	run net-show lenet --width 300
	[ "$status" -eq 0 ]
	[[ "$output" == *"--width"*"--graph"* ]]
	for f in g.svg g.png g.pdf g.dot; do
		net-show lenet --graph "a.${f#*.}"
		net-show lenet --graph "b.${f#*.}"
		cmp "a.${f#*.}" "b.${f#*.}"
	done
}

@test "repeated blocks once, or all; phases and stages" {
	net-show resnet101 --graph r.svg
	grep -q '>× 22</text>' r.svg
	grep -q '>res4b{1…22}_branch2a</text>' r.svg
	net-show resnet101 --graph all.svg --no-fold
	! grep -q '×' all.svg || false
	grep -q '>res4b7_branch2a</text>' all.svg
	net-show lenet --phase train --graph t.svg
	grep -q '>loss</text>' t.svg
	! grep -q '>prob</text>' t.svg || false
	cat >n.prototxt <<-E
	layer { name: "x" type: "Input" top: "x"
	  input_param { shape { dim: 1 dim: 4 } } }
	layer { name: "quiet" type: "ReLU" bottom: "x" top: "y"
	  include { stage: "night" } }
	E
	net-show n.prototxt --stage night --graph n.svg
	grep -q '>quiet  ReLU (night)</text>' n.svg
	net-show n.prototxt --graph d.svg
	! grep -q quiet d.svg || false
}

# vit N: a transformer of N blocks.
vit() {
	local i b=tokens
	cat <<-'P'
	name: "ViT"
	layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 64 dim: 64 } } }
	layer { name: "patches" type: "Convolution" bottom: "data" top: "patches"
	  convolution_param { num_output: 192 kernel_size: 16 stride: 16 } }
	layer { name: "rows" type: "Reshape" bottom: "patches" top: "rows" reshape_param { shape { dim: 0 dim: 192 dim: 16 } } }
	layer { name: "tokens" type: "Permute" bottom: "rows" top: "tokens" permute_param { order: 0 order: 2 order: 1 } }
	P
	for ((i = 1; i <= $1; i++)); do
		cat <<-P
		layer { name: "norm$i/1" type: "LayerNorm" bottom: "$b" top: "norm$i/1" layer_norm_param { axis: 2 } }
		P
		for k in query key value; do
			cat <<-P
			layer { name: "$k$i" type: "InnerProduct" bottom: "norm$i/1" top: "$k$i" inner_product_param { num_output: 192 axis: 2 } }
			layer { name: "$k$i/heads" type: "Reshape" bottom: "$k$i" top: "$k$i/heads" reshape_param { shape { dim: 0 dim: 16 dim: 3 dim: 64 } } }
			layer { name: "$k$i/apart" type: "Permute" bottom: "$k$i/heads" top: "$k$i/apart" permute_param { order: 0 order: 2 order: 1 order: 3 } }
			P
		done
		cat <<-P
		layer { name: "attention$i" type: "Attention" bottom: "query$i/apart" bottom: "key$i/apart" bottom: "value$i/apart" top: "attention$i" }
		layer { name: "together$i" type: "Permute" bottom: "attention$i" top: "together$i" permute_param { order: 0 order: 2 order: 1 order: 3 } }
		layer { name: "wide$i" type: "Reshape" bottom: "together$i" top: "wide$i" reshape_param { shape { dim: 0 dim: 16 dim: 192 } } }
		layer { name: "out$i" type: "InnerProduct" bottom: "wide$i" top: "out$i" inner_product_param { num_output: 192 axis: 2 } }
		layer { name: "sum$i/1" type: "Eltwise" bottom: "$b" bottom: "out$i" top: "sum$i/1" }
		layer { name: "norm$i/2" type: "LayerNorm" bottom: "sum$i/1" top: "norm$i/2" layer_norm_param { axis: 2 } }
		layer { name: "fc$i/1" type: "InnerProduct" bottom: "norm$i/2" top: "fc$i/1" inner_product_param { num_output: 768 axis: 2 } }
		layer { name: "gelu$i" type: "GELU" bottom: "fc$i/1" top: "gelu$i" }
		layer { name: "fc$i/2" type: "InnerProduct" bottom: "gelu$i" top: "fc$i/2" inner_product_param { num_output: 192 axis: 2 } }
		layer { name: "sum$i/2" type: "Eltwise" bottom: "sum$i/1" bottom: "fc$i/2" top: "sum$i/2" }
		P
		b=sum$i/2
	done
	cat <<-P
	layer { name: "norm" type: "LayerNorm" bottom: "$b" top: "norm" layer_norm_param { axis: 2 } }
	layer { name: "mean" type: "Reduction" bottom: "norm" top: "mean" reduction_param { operation: MEAN axis: 2 } }
	layer { name: "head" type: "InnerProduct" bottom: "mean" top: "head" inner_product_param { num_output: 10 } }
	layer { name: "prob" type: "Softmax" bottom: "head" top: "prob" }
	P
}

@test "a transformer: its blocks once, in which query, key and value stand side by side" {
	vit 12 >vit.prototxt
	net-show vit.prototxt --graph v.svg
	grep -q '>× 12</text>' v.svg
	[ "$(grep -c '>attention{1…12}</text>' v.svg)" -eq 1 ]
	python3 - v.svg <<-'E'
	import re, sys
	at = {}
	for x, y, t in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>',
	    open(sys.argv[1], encoding='utf-8').read()):
	    at.setdefault(t, (float(x), float(y)))
	q, k, v = (at[n + '{1…12}'] for n in ('query', 'key', 'value'))
	assert q[1] == k[1] == v[1] and len({q[0], k[0], v[0]}) == 3, (q, k, v)
	assert at['attention{1…12}'][1] > q[1] > at['norm{1…12}/1'][1]
	assert at['sum{1…12}/2'][1] > at['fc{1…12}/2'][1] > at['sum{1…12}/1'][1]
	E
	# all of it is one column of blocks, not wider for being longer
	net-show vit.prototxt --no-fold --graph all.svg
	! grep -q '×' all.svg || false
	grep -q '>attention12</text>' all.svg
	[ "$(grep -c '>attention[0-9]*</text>' all.svg)" -eq 12 ]
}

# What DOT says of itself, as far as it is used here: a graph of statements, whose
# strings end and whose braces match.
dot_check() {
	python3 - "$1" <<-'E'
	import re, sys
	text = open(sys.argv[1], encoding="utf-8").read()
	token = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(->|[{}\[\];,=])|([A-Za-z_]\w*|-?[.\d]+))', re.S)
	v, i = [], 0
	text = text.rstrip()
	while i < len(text):
	    m = token.match(text, i)
	    assert m, text[i:i + 40]
	    v.append(m.group(m.lastindex))
	    i = m.end()
	nodes = set()
	def attrs():
	    assert v.pop(0) == "["
	    while v[0] != "]":
	        v.pop(0); assert v.pop(0) == "="; v.pop(0)
	        if v[0] == ",": v.pop(0)
	    v.pop(0)
	def block():
	    assert v.pop(0) == "{"
	    while v[0] != "}":
	        name = v.pop(0)
	        if name == "subgraph":
	            v.pop(0); block(); continue
	        if v[0] == "=": v.pop(0); v.pop(0)
	        elif v[0] == "->":
	            v.pop(0); to = v.pop(0)
	            assert name in nodes and to in nodes, (name, to)
	        elif name not in ("node", "edge"): nodes.add(name)
	        if v[0] == "[": attrs()
	        if v[0] == ";": v.pop(0)
	    v.pop(0)
	assert v.pop(0) == "digraph"
	v.pop(0)
	block()
	assert not v and nodes
	E
}

@test "DOT is DOT, whatever layers are called" {
	cat >n.prototxt <<-'E'
	name: "a \"net\" {"
	layer { name: "x\\" type: "Input" top: "x"
	  input_param { shape { dim: 1 dim: 4 } } }
	layer { name: "\"}];\n<b>&" type: "Softmax" bottom: "x" top: "é" }
	layer { name: "-> y" type: "Softmax" bottom: "é" top: "]\"" }
	E
	net-show n.prototxt --graph n.dot
	dot_check n.dot
	for n in lenet resnet50 googlenet; do
		net-show $n --graph $n.dot
		dot_check $n.dot
	done
	net-show lenet --graph - --width 10 | cat >o.dot
	dot_check o.dot
}

@test "too large ones are refused, and leave nothing" {
	run net-show googlenet --graph g.png --width 20000
	[ "$status" -eq 3 ]
	[[ "$output" == *"--width"* ]]
	[ ! -e g.png ]
	run net-show googlenet --graph /dev/full
	[ "$status" -eq 2 ]
	echo kept >s.svg
	run net-show nonesuch --graph s.svg -f
	[ "$status" -eq 4 ]
	[ "$(cat s.svg)" = kept ]
}

@test "the example of the page runs" {
	net-show resnet101 --graph resnet101.png --no-fold --width 800
	[ -s resnet101.png ]
}
